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
    /// All three outlive it.
    log_comparison(store::event_store& store, const verify_options& options, verify_report& report)
        : store_{store}, options_{options}, report_{report} {
        report_.expected = options_.expected;
    }

    /// Where the log of a partition begins: of each one that the topic has, before any event. While
    /// that is 0 nothing was deleted, so that orders can be told from the log alone; else the first
    /// one of a key is taken from the store, which may still hold what was deleted.
    void log_begins(partition_id partition, log_offset start) {
        partition_count_ += log_starts_.insert_or_assign(partition, start).second ? 1 : 0;
    }

    /// Events of one partition in the order of the log, all below the store's position.
    result<void> compare(partition_id partition, std::span<const store::new_event> events);

    /// After all events: heads that are wrong, keys that only the store knows, and those that stand
    /// elsewhere than the partitioner says.
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
    result<void> look_at_stored_keys();
    void check_is_in_log(const store::listed_key& stored);
    void compare_home(const store::listed_key& stored);

    store::event_store& store_;
    const verify_options& options_;
    verify_report& report_;
    std::int32_t partition_count_ = 0;
    std::unordered_map<partition_id, log_offset> log_starts_;
    std::unordered_map<bytes, std::vector<counted_part>> keys_;
};

}  // namespace bkes::sync
