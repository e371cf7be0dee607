#pragma once
// The part of guarded_topics that only an instance with a group has (contract section 8): what the
// group says goes to the partitions, what the partitions can't do themselves goes to their owners,
// and what other instances ask of this one goes to its partitions.
//
//   group_member (own thread) --assigned, revoked, rule--> partition_log <--view-- group_watch
//   partition_log --forward, ask_position--> append_forwarder --Forward--> another instance
//   another instance --Forward--> forward_service --> partition_log
//
// Any thread, unless a function says otherwise.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/forward/forward_service.hpp"
#include "sync/group_owners.hpp"
#include "sync/membership/new_key_rule.hpp"
#include "sync/partition/peers.hpp"
#include "sync/types/options.hpp"
#include "sync/types/partitioner.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bkes::sync {

class aggregate_reader;
class group_member;
class topic_set;

class shared_ownership final : public peers {
  public:
    /// What is given outlives it. `grant`: the command that gives bkes its right to the group.
    shared_ownership(const guarded_topics_options& options,
                     std::span<boost::asio::io_context* const> contexts,
                     const cluster_view& cluster, topic_set& topics, aggregate_reader& reader,
                     std::string grant);
    ~shared_ownership() override;

    /// The topics are there: looks at the group, and joins it when the store has caught up. On the
    /// first context's thread, or before it runs.
    void start();

    /// As guarded_topics::hand_over.
    void hand_over(std::chrono::milliseconds limit, std::move_only_function<void()> done);

    /// Nothing is done for anybody after it. Waits for the group's thread.
    void stop();

    /// HOST:PORT; empty: nobody, as far as the group says.
    [[nodiscard]] std::string owner_of(bytes_view topic, partition_id partition) const {
        return owners_.address_of_owner(topic, partition);
    }

    [[nodiscard]] forward_service& service() { return service_; }

    // ---- peers

    void forward(boost::asio::io_context& context, bytes_view topic, partition_id partition,
                 append_job job) override;
    void ours(boost::asio::io_context& context, bytes_view topic, partition_id partition) override;
    void ask_position(boost::asio::io_context& context, bytes_view topic, partition_id partition,
                      reach_handler done) override;

    [[nodiscard]] bool has_owner(bytes_view topic, partition_id partition) const override {
        return owners_.has_owner(topic, partition);
    }

    [[nodiscard]] std::optional<partition_id> home_of_new_key(bytes_view topic,
                                                              bytes_view key) const override;

  private:
    using rules = std::map<std::string, new_key_rule, std::less<>>;

    void saw(const group_view* before, const group_view& now);
    void agreed(const std::string& topic, const new_key_rule& rule);
    [[nodiscard]] std::unique_ptr<group_member> make_member();

    void position_of(bytes_view topic, partition_id partition,
                     forward_service::position_request asked);
    void join_when_caught_up();
    void await_hand_over(std::chrono::steady_clock::time_point limit);
    [[nodiscard]] bool has_others() const;
    [[nodiscard]] bool owns_any() const;

    const guarded_topics_options& options_;
    topic_set& topics_;
    aggregate_reader& reader_;
    std::string grant_;
    std::string instance_;
    group_owners owners_;
    boost::asio::steady_timer join_timer_;       ///< on the first context
    boost::asio::steady_timer hand_over_timer_;  ///< on the first context, as what follows
    std::move_only_function<void()> handed_over_;
    forward_service service_;
    std::atomic<std::shared_ptr<const rules>> rules_{std::make_shared<const rules>()};
    std::unique_ptr<group_member> member_;
};

}  // namespace bkes::sync
