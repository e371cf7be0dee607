#pragma once
// A run of events of one aggregate, gathered from its newest down and given in their order, as a
// record batch counts upwards only. Holds copies, and no more of them than fit into an answer.
//
// Not thread-safe.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::proxy {

class aggregate_slice;

/// First `add` from the newest down, then `move_lowest` until nothing is left.
class newest_events {
  public:
    /// False if the event is left out, and with it all below: it isn't the one before the last, or
    /// would make the records longer than `bytes_max`. The first one always fits.
    bool add(bytes_view key, const store::stored_event& event, std::size_t bytes_max);

    [[nodiscard]] std::size_t count() const { return entries_.size(); }

    /// The order of the last event that was added; none if there is no event.
    [[nodiscard]] std::optional<event_order> lowest() const;

    /// Moves the event of the lowest order to the end of `slice`. There is one.
    void move_lowest(bytes_view key, aggregate_slice& slice);

  private:
    struct entry {
        event_order order;
        log_offset offset;
        std::int64_t timestamp_ms;
        store::timestamp_type timestamp_from;
        std::size_t body_size;
    };

    std::vector<entry> entries_;
    bytes bodies_;                   ///< in the order of the entries
    std::size_t records_bytes_ = 0;  ///< what the records will have, at the most
};

}  // namespace bkes::proxy
