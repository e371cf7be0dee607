#pragma once
// The head of an aggregate as the store keeps it, and the rule which partition is its home.

#include "store/event_store.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>

namespace bkes::store {

/// The newest event that retention took from an aggregate.
struct dropped_event {
    log_offset offset{-1};
    std::int64_t timestamp_ms = 0;

    friend bool operator==(const dropped_event&, const dropped_event&) = default;
};

/// Invariant: an emptied head (start_order == next_order) has `dropped`, and its first and last
/// event are that one.
struct stored_head {
    aggregate_head head;
    /// Offset -1: retention took nothing. Kept so that `truncate` knows what an aggregate was
    /// before its first retained event: then its orders don't start again.
    dropped_event dropped;

    [[nodiscard]] bool is_empty() const { return head.start_order == head.next_order; }

    [[nodiscard]] bool lost_events() const { return dropped.offset.value() >= 0; }

    friend bool operator==(const stored_head&, const stored_head&) = default;
};

/// All heads of one key, home first. More than one only if the key is split.
using head_list = boost::container::small_vector<stored_head, 1>;

/// Index of the head of this partition, `heads.size()` if there is none.
[[nodiscard]] std::size_t index_of(const head_list& heads, partition_id partition);

/// Puts the home first: the partition whose first retained event has the lowest timestamp, the
/// lowest number when equal. Emptied heads come last, as a rebuild wouldn't find them at all.
void sort_home_first(head_list& heads);

}  // namespace bkes::store
