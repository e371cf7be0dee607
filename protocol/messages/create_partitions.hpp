#pragma once
// CreatePartitions (api key 37). More partitions for a topic (KIP-195).
//
// Versions 0-3, flexible from 2 on.
//   1   as 0; the broker answers before it throttles
//   3   THROTTLING_QUOTA_EXCEEDED (KIP-599)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct create_partitions_request {
    static constexpr message_schema schema{
        .name = "create_partitions_request", .key = 37, .versions = {0, 3}, .flexible_since = 2};

    struct topic {
        struct assignment {
            std::vector<std::int32_t> broker_ids{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) { f("broker_ids", m.broker_ids); }
        };

        bytes_view name{};
        std::int32_t count = 0;
        std::optional<std::vector<assignment>> assignments = std::vector<assignment>{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("count", m.count);
            f("assignments", m.assignments, always.nullable());
        }
    };

    std::vector<topic> topics{};
    std::int32_t timeout_ms = 0;
    bool validate_only = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topics", m.topics);
        f("timeout_ms", m.timeout_ms);
        f("validate_only", m.validate_only);
    }
};

struct create_partitions_response {
    static constexpr message_schema schema{
        .name = "create_partitions_response", .key = 37, .versions = {0, 3}, .flexible_since = 2};

    struct result {
        bytes_view name{};
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<result> results{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("results", m.results);
    }
};

}  // namespace bkes::protocol
