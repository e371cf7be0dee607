#include "proxy/key_topics/newest_events.hpp"

#include "protocol/core/assert.hpp"
#include "proxy/key_topics/aggregate_slice.hpp"

namespace bkes::proxy {

bool newest_events::add(bytes_view key, const store::stored_event& event, std::size_t bytes_max) {
    const auto is_same_batch =
        !entries_.empty() &&
        aggregate_slice::share_batch(event.timestamp_from, event.timestamp_ms,
                                     entries_.back().timestamp_from, entries_.back().timestamp_ms);
    const auto size = aggregate_slice::size_max(key, event, is_same_batch);
    if (!entries_.empty() &&
        (event.order + 1 != entries_.back().order || records_bytes_ + size > bytes_max)) {
        return false;
    }
    records_bytes_ += size;
    bodies_ += event.body;
    entries_.push_back({.order = event.order,
                        .offset = event.offset,
                        .timestamp_ms = event.timestamp_ms,
                        .timestamp_from = event.timestamp_from,
                        .body_size = event.body.size()});
    return true;
}

std::optional<event_order> newest_events::lowest() const {
    return entries_.empty() ? std::nullopt : std::optional{entries_.back().order};
}

void newest_events::move_lowest(bytes_view key, aggregate_slice& slice) {
    const auto& lowest = entries_.back();
    const auto body_at = bodies_.size() - lowest.body_size;
    const bool is_added = slice.add(key,
                                    {.order = lowest.order,
                                     .offset = lowest.offset,
                                     .timestamp_ms = lowest.timestamp_ms,
                                     .timestamp_from = lowest.timestamp_from,
                                     .body = bytes_view{bodies_}.substr(body_at)},
                                    aggregate_slice::no_limit);
    BKES_ASSERT(is_added);
    bodies_.resize(body_at);
    entries_.pop_back();
    if (entries_.empty()) {
        bodies_ = {};
        entries_ = {};
    }
}

}  // namespace bkes::proxy
