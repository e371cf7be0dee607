#pragma once
// This instance in its consumer group (contract section 8): joins it by Kafka's own protocol (classic,
// cooperative-sticky), and fetches nothing.
//
// The group proposes who owns what; it may be late, wrong or split. The fence decides.
//
// Has a thread of its own, on which all events come.

#include "protocol/core/ids.hpp"
#include "sync/membership/group_view.hpp"
#include "sync/membership/member_name.hpp"
#include "sync/membership/new_key_rule.hpp"
#include "sync/types/cluster_access.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bkes::sync {

struct group_member_options {
    cluster_access access;
    std::string group_id;
    std::vector<std::string> topics;
    member_name name;
    std::chrono::milliseconds session_timeout{6000};
    std::string grant;  ///< the command that gives bkes its right to the group
    partitioner new_keys = partitioner::murmur2;  ///< as this instance is set up
    std::function<std::int32_t(const std::string& topic)> partition_count;
    /// The group as it was seen last; null: not yet.
    std::function<std::shared_ptr<const group_view>()> view;
};

struct group_events {
    std::function<void(const std::vector<assigned_partition>&)> assigned;
    std::function<void(const std::vector<assigned_partition>&)> revoked;
    /// Either of these was told.
    std::function<void()> rebalanced;
    /// Once for each topic.
    std::function<void(const std::string& topic, const new_key_rule&)> agreed;
};

class group_member {
  public:
    group_member(group_member_options options, group_events events);
    group_member(const group_member&) = delete;
    group_member& operator=(const group_member&) = delete;
    /// As `stop`.
    ~group_member();

    void start();

    /// Any thread, not waited for.
    void join();

    /// Leaves the group, so that its partitions go to others at once. Any thread, not waited for.
    void leave();

    /// Leaves, and waits for the thread. No events after it.
    void stop();

  private:
    class runner;
    std::unique_ptr<runner> runner_;
};

}  // namespace bkes::sync
