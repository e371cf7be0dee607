#pragma once
// The guarded topics as the cluster has them: begins them when their ids are known, adds partitions
// that are new, and begins anew with a topic that was deleted and created again.
//
// `find`, `all` and `rule_agreed` from any thread; the rest on the first context's.

#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "sync/append/produce_lane.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/partition/claim_table.hpp"
#include "sync/partition/partition_list.hpp"
#include "sync/partition/partition_log.hpp"
#include "sync/partition/replaced_topics.hpp"
#include "sync/partition/topic_gate.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bkes::sync {

/// One topic of one id; a topic created again under its name is another one.
struct guarded_topic {
    explicit guarded_topic(std::string topic_name)
        : name{std::move(topic_name)}, claims{[this](partition_id partition, bytes_view key) {
              partitions.find(partition)->head_changed(key);
          }} {}

    const std::string name;
    uuid id;  ///< zero: not known yet, or the brokers don't know ids
    claim_table claims;
    topic_gate gate;
    partition_list partitions;

    /// A partition runs, or something that it called may yet call it.
    [[nodiscard]] bool is_used() const {
        const auto logs = partitions.all();
        return std::ranges::any_of(*logs, [](const auto& log) { return log.use_count() > 1; });
    }
};

class topic_set {
  public:
    /// What is given outlives it. Partitions are spread over the contexts.
    topic_set(const std::vector<boost::asio::io_context*>& contexts,
              const partition_surroundings& around);

    /// Before anything else: a topic to guard.
    void add(const std::string& name, std::int32_t partition_count);

    /// The instances that share the topic know where its new keys live. Any thread.
    void rule_agreed(bytes_view name);

    /// Makes the partitions what the cluster says they are. Nothing begins before all topics are
    /// seen: without their ids the store's positions mean nothing.
    void follow(const cluster_snapshot& snapshot);

    /// `stopped` runs when no partition has anything under way, or at `limit`, on any thread.
    void stop(std::chrono::steady_clock::time_point limit, std::move_only_function<void()> stopped);

    /// nullptr: not guarded. What is found lives as long as it is held.
    [[nodiscard]] std::shared_ptr<const guarded_topic> find(bytes_view name) const;
    /// nullptr: no such topic, or no such partition that is known yet.
    [[nodiscard]] std::shared_ptr<partition_log> find(bytes_view name,
                                                      partition_id partition) const;

    /// Gives the append to its partition. False: there is none, and the job is gone. Any thread.
    bool append(bytes_view name, partition_id partition, append_job job);
    [[nodiscard]] std::vector<std::shared_ptr<const guarded_topic>> all() const;

  private:
    struct slot {
        std::string name;
        std::atomic<std::shared_ptr<guarded_topic>> current;
    };

    std::shared_ptr<guarded_topic> make(const std::string& name, std::size_t partition_count);
    std::shared_ptr<partition_log> add_partition(guarded_topic& to, std::size_t number);
    void begin(guarded_topic& topic, const uuid& id, rebuild_cause if_empty);
    void drop_vanished_partitions(const guarded_topic& topic);
    void replace(slot& place, const topic_view& seen);
    void add_new_partitions(guarded_topic& topic, const topic_view& seen);

    const std::vector<boost::asio::io_context*>& contexts_;
    std::vector<std::shared_ptr<produce_lanes>> lanes_;  ///< one for each context
    const partition_surroundings& around_;
    std::vector<std::unique_ptr<slot>> slots_;  ///< fixed once followed
    replaced_topics<guarded_topic> replaced_;
    bool have_begun_ = false;
    bool is_stopping_ = false;
};

}  // namespace bkes::sync
