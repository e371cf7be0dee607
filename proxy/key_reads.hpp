#pragma once
// What a key topic answers: the range of an aggregate as offsets of a partition (contract section
// 5: offset = order). Plain look-ups; waiting is the handlers' affair.

#include "protocol/core/result.hpp"
#include "proxy/key_topic.hpp"
#include "proxy/server_state.hpp"

#include <cstdint>
#include <optional>

namespace bkes::proxy {

struct aggregate_range {
    event_order start;  ///< earliest
    event_order next;   ///< latest: high watermark and last stable offset at once
    std::optional<store::aggregate_head> head;  ///< none: a key never seen, an empty topic
};

result<aggregate_range> find_range(server_state& server, bytes_view topic, bytes_view key);

/// A place found by ListOffsets; offset -1 if there is none.
struct found_offset {
    std::int64_t offset = -1;
    std::int64_t timestamp_ms = -1;
};

/// The first order with this time or a later one.
result<found_offset> find_by_time(server_state& server, const key_topic& topic,
                                  const aggregate_range& range, std::int64_t timestamp_ms);

/// The order with the largest time, the first of them if there are several (KIP-734).
result<found_offset> find_largest_time(server_state& server, const key_topic& topic,
                                       const aggregate_range& range);

}  // namespace bkes::proxy
