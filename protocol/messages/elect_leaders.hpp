#pragma once
// ElectLeaders (api key 43). Elects the preferred or any replica (KIP-183, KIP-460).
//
// Versions 0-2, flexible from 2 on.
//   1   election_type, error_code (KIP-460)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct elect_leaders_request {
    static constexpr message_schema schema{
        .name = "elect_leaders_request", .key = 43, .versions = {0, 2}, .flexible_since = 2};

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name, always.topic());
            f("partitions", m.partitions);
        }
    };

    std::int8_t election_type = 0;
    std::optional<std::vector<topic>> topic_partitions = std::vector<topic>{};
    std::int32_t timeout_ms = 60000;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("election_type", m.election_type, since(1));
        f("topic_partitions", m.topic_partitions, always.nullable());
        f("timeout_ms", m.timeout_ms);
    }
};

struct elect_leaders_response {
    static constexpr message_schema schema{
        .name = "elect_leaders_response", .key = 43, .versions = {0, 2}, .flexible_since = 2};

    struct result {
        struct partition {
            std::int32_t partition_id = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message = bytes_view{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_id", m.partition_id);
                f("error_code", m.error_code);
                f("error_message", m.error_message, always.nullable());
            }
        };

        bytes_view name{};
        std::vector<partition> partition_result{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name);
            f("partition_result", m.partition_result);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::vector<result> replica_election_results{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code, since(1));
        f("replica_election_results", m.replica_election_results);
    }
};

}  // namespace bkes::protocol
