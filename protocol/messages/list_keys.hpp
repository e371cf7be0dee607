#pragma once
// ListKeys (api key 20002): the aggregates of a guarded topic in byte order of their keys, page by
// page. An extension of bkes, advertised in ApiVersions and never forwarded; contract section 6.
//
// Version 0, flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct list_keys_request {
    static constexpr message_schema schema{
        .name = "list_keys_request", .key = 20002, .versions = {0, 0}, .flexible_since = 0};

    bytes_view topic{};
    bytes_view prefix{};
    std::optional<bytes_view> after{};  ///< exclusive: the last key of the page before; null: start
    std::int32_t limit = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topic", m.topic);
        f.bytes("prefix", m.prefix);
        f.bytes("after", m.after, always.nullable());
        f("limit", m.limit);
    }
};

struct list_keys_response {
    static constexpr message_schema schema{
        .name = "list_keys_response", .key = 20002, .versions = {0, 0}, .flexible_since = 0};

    struct aggregate {
        bytes_view key{};
        std::int32_t partition = 0;
        std::int64_t start_order = 0;
        std::int64_t next_order = 0;
        std::int64_t last_log_offset = 0;
        std::int64_t last_timestamp = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f.bytes("key", m.key);
            f("partition", m.partition);
            f("start_order", m.start_order);
            f("next_order", m.next_order);
            f("last_log_offset", m.last_log_offset);
            f("last_timestamp", m.last_timestamp);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::vector<aggregate> keys{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("keys", m.keys);
    }
};

}  // namespace bkes::protocol
