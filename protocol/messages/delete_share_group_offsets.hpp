#pragma once
// DeleteShareGroupOffsets (api key 92). Forgets where a share group stands (KIP-932).
//
// Version 0, flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct delete_share_group_offsets_request {
    static constexpr message_schema schema{.name = "delete_share_group_offsets_request",
                                           .key = 92,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        bytes_view topic_name{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name, always.topic());
        }
    };

    bytes_view group_id{};
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("topics", m.topics);
    }
};

struct delete_share_group_offsets_response {
    static constexpr message_schema schema{.name = "delete_share_group_offsets_response",
                                           .key = 92,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        bytes_view topic_name{};
        uuid topic_id{};
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name);
            f("topic_id", m.topic_id);
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::vector<topic> responses{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("responses", m.responses);
    }
};

}  // namespace bkes::protocol
