#include "sync/log/partition_index.hpp"

#include "sync/types/log.hpp"
#include "sync/types/printable.hpp"
#include "sync/types/rebuild_counts.hpp"

#include <utility>

namespace bkes::sync {

partition_index::partition_index(store::event_store& store, key_watch& watch, std::string topic,
                                 partition_id partition, partition_counts& counts)
    : store_{store},
      watch_{watch},
      topic_{std::move(topic)},
      partition_{partition},
      counts_{counts} {}

result<void> partition_index::load(const uuid& topic_id) {
    const auto stored = store_.position(where());
    if (!stored) {
        return failure{stored.error()};
    }
    store::log_position position{.topic_id = topic_id, .next_offset = log_offset{0}};
    if (*stored) {
        // A cluster that learned topic ids meanwhile still has the same topic.
        const bool is_same = (*stored)->topic_id == topic_id || (*stored)->topic_id.is_zero();
        if (is_same) {
            position = **stored;
            position.topic_id = topic_id;
            loaded_ = loaded_position::stored;
        } else {
            loaded_ = loaded_position::of_another_topic;
            sync_log().warn(
                "store of a partition is built again topic={} partition={} cause={} "
                "reason=\"the topic was deleted and created again\"",
                topic_, partition_.value(), name_of(rebuild_cause::topic_made_anew));
            if (const auto dropped = store_.drop_partition(where()); !dropped) {
                return dropped;
            }
        }
    }
    set_position(position);
    return {};
}

result<void> partition_index::apply(std::span<const store::new_event> events,
                                    log_offset next_offset, leader_epoch epoch) {
    auto after = position_;
    after.next_offset = next_offset;
    after.epoch = epoch;
    const auto report = store_.apply(where(), events, after);
    if (!report) {
        return failure{report.error()};
    }
    set_position(after);
    counts_.misnumbered.add(report->misnumbered);
    counts_.split_keys.add(report->split_keys.size());
    if (report->misnumbered != 0) {
        sync_log().warn(
            "records with an order that isn't their place topic={} partition={} count={} "
            "below_offset={}",
            topic_, partition_.value(), report->misnumbered, next_offset.value());
    }
    for (const auto& key : report->split_keys) {
        sync_log().warn("aggregate stands in two partitions topic={} partition={} key=\"{}\"",
                        topic_, partition_.value(), printable(key));
    }
    if (watch_.in_use()) {
        for (const auto& event : events) {
            watch_.grown(topic_, event.key);
        }
    }
    return {};
}

result<void> partition_index::begin_at(log_offset log_start) {
    return position_.next_offset < log_start ? apply({}, log_start, unknown_leader_epoch)
                                             : result<void>{};
}

store::log_position partition_index::position_at(log_offset end, leader_epoch epoch) const {
    return {.topic_id = position_.topic_id, .next_offset = end, .epoch = epoch};
}

void partition_index::set_position(const store::log_position& position) {
    position_ = position;
    epoch_seen_.store(position.epoch.value(), std::memory_order_relaxed);
    next_offset_seen_.store(position.next_offset.value(), std::memory_order_release);
}

}  // namespace bkes::sync
