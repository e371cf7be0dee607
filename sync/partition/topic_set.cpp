#include "sync/partition/topic_set.hpp"

#include "sync/types/log.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

rebuild_cause why_empty(const store::event_store& store) {
    return store.figures().was_other_format ? rebuild_cause::older_format
                                            : rebuild_cause::store_was_empty;
}

}  // namespace

topic_set::topic_set(const std::vector<boost::asio::io_context*>& contexts,
                     const partition_surroundings& around)
    : contexts_{contexts}, around_{around} {}

void topic_set::add(const std::string& name, std::int32_t partition_count) {
    for (auto index = lanes_.size(); index < contexts_.size(); ++index) {
        lanes_.push_back(std::make_shared<produce_lanes>(
            *contexts_[index], around_.options.access.append_client_id(),
            around_.options.keep_alive, around_.options.access.security, around_.throttled));
    }
    auto& place = *slots_.emplace_back(std::make_unique<slot>());
    place.name = name;
    place.current = make(name, static_cast<std::size_t>(partition_count));
}

std::shared_ptr<guarded_topic> topic_set::make(const std::string& name,
                                               std::size_t partition_count) {
    auto made = std::make_shared<guarded_topic>(name);
    made->gate.expect(partition_count);
    if (around_.others != nullptr && !around_.others->home_of_new_key(name, {})) {
        made->gate.await_rule();
    }
    for (std::size_t number = 0; number < partition_count; ++number) {
        add_partition(*made, number);
    }
    return made;
}

std::shared_ptr<partition_log> topic_set::add_partition(guarded_topic& to, std::size_t number) {
    auto log = std::make_shared<partition_log>(lanes_[number % lanes_.size()], around_, to.name,
                                               partition_id{static_cast<std::int32_t>(number)},
                                               to.claims, to.gate);
    to.partitions.add(log);
    return log;
}

void topic_set::follow(const cluster_snapshot& snapshot) {
    if (is_stopping_) {
        return;
    }
    if (!have_begun_) {
        have_begun_ = std::ranges::all_of(slots_, [&snapshot](const auto& place) {
            return snapshot.topic(place->name) != nullptr;
        });
        for (const auto& place : slots_) {
            if (have_begun_) {
                const auto topic = place->current.load();
                drop_vanished_partitions(*topic);
                begin(*topic, snapshot.topic(place->name)->id, why_empty(around_.store));
            }
        }
        return;
    }
    for (const auto& place : slots_) {
        const auto* seen = snapshot.topic(place->name);
        if (seen == nullptr) {
            continue;
        }
        const auto topic = place->current.load();
        if (topic->id == seen->id || topic->id.is_zero()) {
            add_new_partitions(*topic, *seen);
        } else if (!seen->id.is_zero() && !replaced_.knows(seen->id)) {
            replace(*place, *seen);
        }
    }
}

void topic_set::begin(guarded_topic& topic, const uuid& id, rebuild_cause if_empty) {
    topic.id = id;
    const auto logs = topic.partitions.all();
    for (const auto& log : *logs) {
        log->start(id, if_empty);
    }
}

/// The topic had more partitions before it was deleted and created again: their keys would pass for
/// keys of other partitions.
void topic_set::drop_vanished_partitions(const guarded_topic& topic) {
    const auto count = topic.partitions.all()->size();
    for (const auto partition : around_.store.partitions(topic.name)) {
        if (static_cast<std::size_t>(partition.value()) < count) {
            continue;
        }
        sync_log().warn("partition is gone, so is what the store holds of it topic={} partition={}",
                        topic.name, partition.value());
        // Before the partitions that are there load what the store has of them.
        around_.worker.run(
            lanes_.front()->context(),
            [&store = around_.store, name = topic.name, partition] {
                return store.drop_partition({name, partition});
            },
            [name = topic.name, partition](result<void> dropped) {
                if (!dropped) {
                    sync_log().error("store can't be written topic={} partition={} reason=\"{}\"",
                                     name, partition.value(), dropped.error().message());
                }
            });
    }
}

/// Each partition's thread ends the old one before it begins the new one.
void topic_set::replace(slot& place, const topic_view& seen) {
    sync_log().warn("topic was deleted and created again, begins anew topic={} partitions={}",
                    place.name, seen.partitions.size());
    const auto fresh = make(place.name, seen.partitions.size());
    const auto old = place.current.exchange(fresh);
    replaced_.add(old);
    const auto logs = old->partitions.all();
    for (const auto& log : *logs) {
        log->retire();
    }
    begin(*fresh, seen.id, rebuild_cause::topic_made_anew);
    around_.state_changed();
}

/// A new partition has no keys yet, but those of foreign writers; the others go on meanwhile.
void topic_set::add_new_partitions(guarded_topic& topic, const topic_view& seen) {
    if (!topic.gate.is_open()) {
        return;
    }
    const auto known = topic.partitions.all()->size();
    for (auto number = known; number < seen.partitions.size(); ++number) {
        sync_log().info("new partition topic={} partition={}", topic.name, number);
        add_partition(topic, number)->start(topic.id);
    }
}

void topic_set::stop(std::chrono::steady_clock::time_point limit,
                     std::move_only_function<void()> stopped) {
    struct countdown {
        std::atomic<std::size_t> left{1};
        std::move_only_function<void()> stopped;
    };

    is_stopping_ = true;
    auto waiting = std::make_shared<countdown>();
    waiting->stopped = std::move(stopped);
    const auto one_done = [waiting] {
        if (--waiting->left == 0) {
            waiting->stopped();
        }
    };
    for (const auto& topic : all()) {
        const auto logs = topic->partitions.all();
        for (const auto& log : *logs) {
            ++waiting->left;
            log->stop(limit, one_done);
        }
    }
    one_done();
}

void topic_set::rule_agreed(bytes_view name) {
    for (const auto& place : slots_) {
        if (place->name == name) {
            place->current.load()->gate.rule_agreed();
        }
    }
    around_.state_changed();
}

std::shared_ptr<const guarded_topic> topic_set::find(bytes_view name) const {
    const auto found =
        std::ranges::find(slots_, name, [](const auto& place) { return bytes_view{place->name}; });
    return found == slots_.end() ? nullptr : (*found)->current.load();
}

std::shared_ptr<partition_log> topic_set::find(bytes_view name, partition_id partition) const {
    const auto topic = find(name);
    return topic == nullptr ? nullptr : topic->partitions.find(partition);
}

bool topic_set::append(bytes_view name, partition_id partition, append_job job) {
    const auto log = find(name, partition);
    if (log == nullptr) {
        return false;
    }
    log->append(std::move(job));
    return true;
}

std::vector<std::shared_ptr<const guarded_topic>> topic_set::all() const {
    std::vector<std::shared_ptr<const guarded_topic>> topics;
    for (const auto& place : slots_) {
        topics.push_back(place->current.load());
    }
    return topics;
}

}  // namespace bkes::sync
