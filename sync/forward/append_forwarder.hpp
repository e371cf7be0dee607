#pragma once
// One thread's appends and questions for partitions that other instances own: finds the owner, keeps
// what has none for now, and gives it to the next one when an owner has changed.
//
//   forward -> [waiting] -> lane of the owner -> answered
//                 ^  |            |
//                 |  +- held too long: not_ready
//                 +---- he has nothing of it (he isn't the owner any more, or was never reached)
//
// What was sent to a process that is gone may have been written: its clients hear timed_out, as of a
// broker that was lost.
//
// Belongs to one io_context's thread but for `view_changed`.

#include "protocol/core/ids.hpp"
#include "sync/forward/forward_lane.hpp"
#include "sync/membership/group_view.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/cluster_access.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

class append_forwarder final : public std::enable_shared_from_this<append_forwarder>,
                               private forward_lane_events {
  public:
    struct options {
        cluster_access access;     ///< as whom it logs in at the owners' listeners
        std::string own_instance;  ///< never forwarded to
        std::chrono::milliseconds hold{5000};
        /// The latest view; null before the first.
        std::function<std::shared_ptr<const group_view>()> view;
        /// Somebody doubts it.
        std::function<void()> look_now;
        /// Its process has ended: it was reached before, and nobody listens there any more.
        std::function<void(const std::string& instance)> is_gone;
        /// An append for a partition that is ours now.
        std::function<void(const std::string& topic, partition_id partition, append_job job)> local;
    };

    append_forwarder(boost::asio::io_context& context, options settings);
    append_forwarder(const append_forwarder&) = delete;
    append_forwarder& operator=(const append_forwarder&) = delete;
    ~append_forwarder() = default;

    [[nodiscard]] boost::asio::io_context& context() const { return context_; }

    void forward(bytes_view topic, partition_id partition, append_job job);
    void ask_position(bytes_view topic, partition_id partition, reach_handler done);
    /// The partition is ours: what waits for its owner is given to `local`.
    void ours(bytes_view topic, partition_id partition);

    /// Any thread.
    void view_changed();

    /// What waits is answered `stopped`.
    void stop();

  private:
    void answered(forwarded_append append, append_answer answer) override;
    void returned(forwarded_append append) override;
    void unknown(forwarded_append append) override;
    void doubted(const std::string& instance) override;
    void gone(const std::string& instance) override;

    /// Nobody, or this instance, has it: null.
    [[nodiscard]] std::shared_ptr<forward_lane> lane_to_owner(const std::string& topic,
                                                              partition_id partition);
    void give_out_waiting();
    void look_after_lanes();
    void tick();
    void tick_later();
    static void deliver(append_job& job, append_answer answer);

    boost::asio::io_context& context_;
    options settings_;
    std::vector<std::shared_ptr<forward_lane>> lanes_;
    std::vector<forwarded_append> waiting_;
    std::uint64_t arrivals_ = 0;
    boost::asio::steady_timer timer_;
    bool is_ticking_ = false;
    bool is_stopped_ = false;
    std::atomic<bool> is_view_posted_{false};
};

}  // namespace bkes::sync
