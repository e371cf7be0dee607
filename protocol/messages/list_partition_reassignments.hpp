#pragma once
// ListPartitionReassignments (api key 46). Which replicas are being moved (KIP-455).
//
// Version 0, flexible. A topic without reassignment, or that isn't there, is left out of the answer.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct list_partition_reassignments_request {
    static constexpr message_schema schema{.name = "list_partition_reassignments_request",
                                           .key = 46,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partition_indexes{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("partition_indexes", m.partition_indexes);
        }
    };

    std::int32_t timeout_ms = 60000;
    std::optional<std::vector<topic>> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("timeout_ms", m.timeout_ms);
        f("topics", m.topics, always.nullable());
    }
};

struct list_partition_reassignments_response {
    static constexpr message_schema schema{.name = "list_partition_reassignments_response",
                                           .key = 46,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::vector<std::int32_t> replicas{};
            std::vector<std::int32_t> adding_replicas{};
            std::vector<std::int32_t> removing_replicas{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("replicas", m.replicas);
                f("adding_replicas", m.adding_replicas);
                f("removing_replicas", m.removing_replicas);
            }
        };

        bytes_view name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message = bytes_view{};
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
