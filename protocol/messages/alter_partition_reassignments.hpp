#pragma once
// AlterPartitionReassignments (api key 45). Moves replicas to other brokers (KIP-455).
//
// Versions 0-1, flexible.
//   1   allow_replication_factor_change (KIP-860)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct alter_partition_reassignments_request {
    static constexpr message_schema schema{.name = "alter_partition_reassignments_request",
                                           .key = 45,
                                           .versions = {0, 1},
                                           .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::optional<std::vector<std::int32_t>> replicas{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("replicas", m.replicas, always.nullable());
            }
        };

        bytes_view name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("partitions", m.partitions);
        }
    };

    std::int32_t timeout_ms = 60000;
    bool allow_replication_factor_change = true;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("timeout_ms", m.timeout_ms);
        f("allow_replication_factor_change", m.allow_replication_factor_change, since(1));
        f("topics", m.topics);
    }
};

struct alter_partition_reassignments_response {
    static constexpr message_schema schema{.name = "alter_partition_reassignments_response",
                                           .key = 45,
                                           .versions = {0, 1},
                                           .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message = bytes_view{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("error_message", m.error_message, always.nullable());
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
    bool allow_replication_factor_change = true;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message = bytes_view{};
    std::vector<topic> responses{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("allow_replication_factor_change", m.allow_replication_factor_change,
          since(1).ignorable());
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("responses", m.responses);
    }
};

}  // namespace bkes::protocol
