#pragma once
// FetchByKey (api key 20001): the events of aggregates, by key. An extension of bkes, advertised in
// ApiVersions and never forwarded; contract section 6.
//
// Versions 0 and 1, flexible. Version 1 adds `direction` and `max_events` to each key of the request;
// the answer is the same.
//
// `records` are batches as a key topic serves them: offset = order. The keys of the answer are
// those of the request in their order; where max_bytes was used up before, a key comes with its
// numbers and no records.
//
// Descending, `from_order` is the highest order that is wanted; anything at or past the next order
// means from the last event. The answer has the newest events from there down that fit, at least
// one, *in ascending order*, as a batch can't count down. To go on, ask with the base offset of the
// first batch - 1; records are empty when nothing is left, also for -1. Why: docs/decisions/reading-backwards.md.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct fetch_by_key_request {
    static constexpr message_schema schema{
        .name = "fetch_by_key_request", .key = 20001, .versions = {0, 1}, .flexible_since = 0};

    static constexpr std::int8_t ascending = 0;
    static constexpr std::int8_t descending = 1;

    struct key_range {
        bytes_view key{};
        std::int64_t from_order = 0;
        std::int64_t min_next_order = 0;  ///< wait until the next order is at least this; 0 = don't
        std::int32_t max_bytes = 0;
        std::int8_t direction = ascending;
        std::int32_t max_events = 0;  ///< 0: as many as fit
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f.bytes("key", m.key);
            f("from_order", m.from_order);
            f("min_next_order", m.min_next_order);
            f("max_bytes", m.max_bytes);
            f("direction", m.direction, since(1));
            f("max_events", m.max_events, since(1));
        }
    };

    bytes_view topic{};
    std::int32_t max_wait_ms = 0;
    std::int32_t max_bytes = 0;
    std::vector<key_range> keys{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topic", m.topic);
        f("max_wait_ms", m.max_wait_ms);
        f("max_bytes", m.max_bytes);
        f("keys", m.keys);
    }
};

struct fetch_by_key_response {
    static constexpr message_schema schema{
        .name = "fetch_by_key_response", .key = 20001, .versions = {0, 1}, .flexible_since = 0};

    struct aggregate {
        bytes_view key{};
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message{};
        std::int32_t partition = -1;  ///< -1: never seen
        std::int64_t start_order = 0;
        std::int64_t next_order = 0;
        std::vector<std::int64_t> log_offsets{};  ///< one for each event in `records`
        bytes_view records{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f.bytes("key", m.key);
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable());
            f("partition", m.partition);
            f("start_order", m.start_order);
            f("next_order", m.next_order);
            f("log_offsets", m.log_offsets);
            f.records("records", m.records);
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
