#pragma once
// Counts the aggregates of one topic as the log has them and compares each event with the store's.
// The comparing half of verify; one thread.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "sync/types/verify_report.hpp"

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace bkes::sync {

class log_comparison {
  public:
    log_comparison(store::event_store& store, std::string topic, verify_report& report,
                   std::size_t shown_max)
        : store_{store}, topic_{std::move(topic)}, report_{report}, shown_max_{shown_max} {}

    /// Where the log of a partition begins, before anything else of it. While that is 0 nothing
    /// was deleted, so that orders can be told from the log alone; else the first one of a key is
    /// taken from the store, which may still hold what was deleted.
    void log_begins(partition_id partition, log_offset start) { log_starts_[partition] = start; }

    /// Events of one partition in the order of the log, all below the store's position.
    result<void> compare(partition_id partition, std::span<const store::new_event> events);

    /// After all events: heads that are wrong, and keys that only the store knows.
    result<void> finish();

    /// Counts a difference and keeps its text.
    void differ(std::string text);

  private:
    struct counted_part {
        partition_id partition;
        event_order start_order;
        event_order next_order;
        std::int64_t first_timestamp_ms;
    };

    result<counted_part*> part_of(partition_id partition, const store::new_event& event);
    result<event_order> start_in_store(partition_id partition, const store::new_event& first);
    result<void> compare_event(partition_id partition, const store::new_event& event,
                               event_order order);
    result<void> compare_heads(const bytes& key, std::vector<counted_part>& parts);
    result<void> find_surplus();

    store::event_store& store_;
    std::string topic_;
    verify_report& report_;
    std::size_t shown_max_;
    std::unordered_map<partition_id, log_offset> log_starts_;
    std::unordered_map<bytes, std::vector<counted_part>> keys_;
};

}  // namespace bkes::sync
