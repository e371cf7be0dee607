#include "proxy/aggregate_slice.hpp"

#include "protocol/record_batch.hpp"

namespace bkes::proxy {

namespace {

/// Length, attributes, deltas and key length of one record, at the most.
constexpr std::size_t record_overhead_bytes_max = 32;

}  // namespace

result<aggregate_slice> read_slice(store::event_store& events, bytes_view topic, bytes_view key,
                                   const store::aggregate_head& head, event_order from,
                                   std::size_t bytes_max) {
    aggregate_slice slice;
    if (from >= head.next_order) {
        return slice;
    }
    protocol::batch_builder batch{slice.records};
    const auto take = [&](const store::stored_event& event) {
        const auto size_after =
            batch.size() + record_overhead_bytes_max + key.size() + event.body.size();
        if (event.order >= head.next_order ||
            (!slice.log_offsets.empty() && size_after > bytes_max)) {
            return false;
        }
        batch.add({.timestamp_ms = event.timestamp_ms, .key = key, .body = event.body});
        slice.log_offsets.push_back(event.offset.value());
        return true;
    };
    const auto read = events.read_events({topic, head.partition}, key, from, take);
    if (!read) {
        return failure{read.error()};
    }
    if (slice.log_offsets.empty()) {
        slice.records.clear();
        return slice;
    }
    batch.finish(log_offset{from.value()}, {});
    return slice;
}

}  // namespace bkes::proxy
