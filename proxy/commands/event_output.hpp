#pragma once
// Events and aggregates as the commands print them: a line for people, a JSON object for programs.
//
//   order 3  offset 17  2026-11-23T22:15:01.123Z  [order=3 ce_id=a1]  {"shipped":true}
//   {"order":3,"offset":17,"timestamp":1795472101123,"headers":[{"key":"order","value":"3"}],
//    "value":"..."}            (on one line)
//
// Bytes that are no UTF-8 appear as hex:0a1b in text, and as "value_hex" instead of "value" in
// JSON.

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/messages/list_keys.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bkes::proxy {

/// ISO 8601 in UTC with milliseconds; the plain number where that has no such form.
std::string format_time(std::int64_t timestamp_ms);

struct printed_event {
    bytes_view topic;
    bytes_view key;
    std::int32_t partition = -1;
    std::int64_t order = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    const protocol::record_view* record = nullptr;
};

std::string event_as_text(const printed_event& event);
std::string event_as_json(const printed_event& event);

std::string aggregate_as_text(const protocol::list_keys_response::aggregate& aggregate);
std::string aggregate_as_json(bytes_view topic,
                              const protocol::list_keys_response::aggregate& aggregate);

/// Where an append went; `order` is empty if it isn't known.
struct printed_append {
    bytes_view topic;
    bytes_view key;
    std::int32_t partition = -1;
    std::int64_t offset = 0;
    std::optional<std::int64_t> order;
};

std::string append_as_text(const printed_append& append);
std::string append_as_json(const printed_append& append);

}  // namespace bkes::proxy
