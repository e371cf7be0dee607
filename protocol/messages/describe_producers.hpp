#pragma once
// DescribeProducers (api key 61). The producers a partition leader remembers (KIP-664).
//
// Version 0, flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_producers_request {
    static constexpr message_schema schema{
        .name = "describe_producers_request", .key = 61, .versions = {0, 0}, .flexible_since = 0};

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partition_indexes{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("partition_indexes", m.partition_indexes);
        }
    };

    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("topics", m.topics); }
};

struct describe_producers_response {
    static constexpr message_schema schema{
        .name = "describe_producers_response", .key = 61, .versions = {0, 0}, .flexible_since = 0};

    struct topic {
        struct partition {
            struct producer {
                std::int64_t producer_id = 0;
                std::int32_t producer_epoch = 0;
                std::int32_t last_sequence = -1;
                std::int64_t last_timestamp = -1;
                std::int32_t coordinator_epoch = 0;
                std::int64_t current_txn_start_offset = -1;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("producer_id", m.producer_id);
                    f("producer_epoch", m.producer_epoch);
                    f("last_sequence", m.last_sequence);
                    f("last_timestamp", m.last_timestamp);
                    f("coordinator_epoch", m.coordinator_epoch);
                    f("current_txn_start_offset", m.current_txn_start_offset);
                }
            };

            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message{};
            std::vector<producer> active_producers{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("error_message", m.error_message, always.nullable());
                f("active_producers", m.active_producers);
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
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
