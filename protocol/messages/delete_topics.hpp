#pragma once
// DeleteTopics (api key 20).
//
// Versions 1-6, flexible from 4 on. 0 was removed in Kafka 4.0.
//   2   as 1; the broker answers before it throttles
//   3   TOPIC_DELETION_DISABLED (KIP-322)
//   5   error_message (KIP-599)
//   6   topics by name or id instead of topic_names (KIP-516)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct delete_topics_request {
    static constexpr message_schema schema{
        .name = "delete_topics_request", .key = 20, .versions = {1, 6}, .flexible_since = 4};

    struct topic {
        std::optional<bytes_view> name{};
        uuid topic_id{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, since(6).nullable().topic());
            f("topic_id", m.topic_id, since(6).topic());
        }
    };

    std::vector<topic> topics{};
    std::vector<bytes_view> topic_names{};
    std::int32_t timeout_ms = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topics", m.topics, since(6));
        f("topic_names", m.topic_names, until(5).ignorable().topic());
        f("timeout_ms", m.timeout_ms);
    }
};

struct delete_topics_response {
    static constexpr message_schema schema{
        .name = "delete_topics_response", .key = 20, .versions = {1, 6}, .flexible_since = 4};

    struct result {
        std::optional<bytes_view> name = bytes_view{};
        uuid topic_id{};
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.nullable(6));
            f("topic_id", m.topic_id, since(6).ignorable());
            f("error_code", m.error_code);
            f("error_message", m.error_message, since(5).nullable().ignorable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<result> responses{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("responses", m.responses);
    }
};

}  // namespace bkes::protocol
