#pragma once
// Looks at the consumer group of the instances, as everybody may who has DESCRIBE on it: who is there,
// and who is to own what (DescribeGroups). About twice a second, and at once when somebody doubts what was
// seen last. Who only gives away, and hears of it when he is wrong, looks less often while the group is
// settled (docs/decisions/scale.md).
//
// Belongs to one io_context's thread, but for what is said to be for any.

#include "protocol/core/result.hpp"
#include "protocol/messages/describe_groups.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/membership/group_view.hpp"
#include "sync/types/cluster_access.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace bkes::sync {

class group_watch : public std::enable_shared_from_this<group_watch> {
  public:
    struct options {
        cluster_access access;
        std::string group_id;
        std::string grant;  ///< the command that gives bkes the right to look
        /// Between two looks at a group that is settled.
        std::chrono::milliseconds look_each{500};
    };

    /// `view` outlives it. `seen` hears of each look.
    group_watch(boost::asio::io_context& context, const cluster_view& view, options settings,
                std::function<void(std::shared_ptr<const group_view>)> seen);
    group_watch(const group_watch&) = delete;
    group_watch& operator=(const group_watch&) = delete;
    ~group_watch() = default;

    void start();

    /// Many of them soon after each other are one. Any thread.
    void look_now();

    /// That process is gone for certain, and the group need not wait for its session to end: it is made
    /// to leave (LeaveGroup), as administrators do it. Any thread.
    void expel(const std::string& instance);

    /// Nothing is told after it.
    void stop();

  private:
    void look();
    void look_later(std::chrono::milliseconds pause);
    void find_coordinator();
    void connect(const std::string& host, std::uint16_t port);
    void describe();
    void described(const result<protocol::describe_groups_response>& answer,
                   boot_clock::time_point asked_at);
    void refused(std::int16_t error_code);
    void failed();
    [[nodiscard]] std::shared_ptr<broker_link> link_to(std::string host, std::uint16_t port) const;
    void close_links();
    void make_leave(const std::string& instance);

    boost::asio::io_context& context_;
    const cluster_view& view_;
    const options settings_;
    std::function<void(std::shared_ptr<const group_view>)> seen_;
    std::shared_ptr<const group_view> last_;
    std::shared_ptr<broker_link> any_broker_;   ///< while the coordinator is asked for
    std::shared_ptr<broker_link> coordinator_;  ///< null: not known
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point looked_at_{};
    std::size_t next_broker_ = 0;
    bool is_looking_ = false;
    bool is_stopped_ = false;
    bool was_refused_ = false;  ///< and that was said
    std::atomic<bool> is_wanted_{false};
};

}  // namespace bkes::sync
