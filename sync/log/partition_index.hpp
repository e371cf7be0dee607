#pragma once
// One partition's side of the store: its position, and every change of it, with the waiting readers
// told. Belongs to the partition's thread, but for what is said to be long work: that runs on the
// store_worker, and nothing else of the partition's store is changed meanwhile but by `apply`.
// `reach` may be asked from anywhere.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "store/event_store.hpp"
#include "sync/log/key_watch.hpp"
#include "sync/types/log_reach.hpp"
#include "sync/types/partition_counts.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

namespace bkes::sync {

enum class loaded_position : std::uint8_t {
    stored,
    nothing,           ///< the store holds nothing of the partition
    of_another_topic,  ///< which had the same name; it was taken away
};

class partition_index {
  public:
    /// What it notices in the log is counted in `counts`.
    partition_index(store::event_store& store, key_watch& watch, std::string topic,
                    partition_id partition, partition_counts& counts);

    /// Reads the position. A partition of a topic that was deleted and created again (another id)
    /// is forgotten and begins anew; so is one never seen. Long work, before all other.
    result<void> load(const uuid& topic_id);

    /// What `load` found.
    [[nodiscard]] loaded_position loaded() const { return loaded_; }

    [[nodiscard]] const store::log_position& position() const { return position_; }

    /// As last stored; any thread. Its epoch is of that offset's last record, or of a later one's.
    [[nodiscard]] log_reach reach() const {
        const log_offset next_offset{next_offset_seen_.load(std::memory_order_acquire)};
        return {.next_offset = next_offset,
                .epoch = leader_epoch{epoch_seen_.load(std::memory_order_relaxed)}};
    }

    /// Stores the events and moves the position. `epoch` of the last record, if known.
    result<void> apply(std::span<const store::new_event> events, log_offset next_offset,
                       leader_epoch epoch);

    /// The log begins at `log_start` now (retention): nothing below it will come. Before that is
    /// taken away.
    result<void> begin_at(log_offset log_start);

    /// Takes away what is below `log_start`; long work.
    result<void> drop_before(log_offset log_start) {
        return store_.drop_before(where(), log_start);
    }

    /// Where the position goes when the log ends at `end` (truncation): what is behind it never
    /// was. `truncate` is long work; `moved_to` follows it.
    [[nodiscard]] store::log_position position_at(log_offset end, leader_epoch epoch) const;

    result<void> truncate(const store::log_position& end) { return store_.truncate(where(), end); }

    /// Takes everything away; long work. `moved_to` the start of the log follows.
    result<void> forget() { return store_.drop_partition(where()); }

    void moved_to(const store::log_position& position) { set_position(position); }

    [[nodiscard]] store::topic_partition where() const { return {topic_, partition_}; }

  private:
    void set_position(const store::log_position& position);

    store::event_store& store_;
    key_watch& watch_;
    std::string topic_;
    partition_id partition_;
    partition_counts& counts_;
    store::log_position position_;
    loaded_position loaded_ = loaded_position::nothing;
    std::atomic<std::int64_t> next_offset_seen_{0};
    std::atomic<std::int32_t> epoch_seen_{unknown_leader_epoch.value()};  ///< written first
};

}  // namespace bkes::sync
