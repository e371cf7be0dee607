#pragma once
// Who owns which partition, as the group says, and for each thread the way there. What an instance that
// shares the partitions (shared_ownership) and a router (routed_topics) have in common.
//
// Any thread, unless a function says otherwise.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/forward/append_forwarder.hpp"
#include "sync/membership/group_view.hpp"
#include "sync/types/options.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bkes::sync {

class group_watch;

class group_owners {
  public:
    struct options {
        std::string own_instance{};  ///< nothing is sent there; empty: this one is no member
        std::string grant;           ///< the command that gives bkes its right to the group
        /// An append for a partition that is this instance's now (append_forwarder::ours).
        std::function<void(const std::string& topic, partition_id partition, append_job job)>
            local{};
        /// Hears of each look at the group, on the first context; `before` is null at the first.
        std::function<void(const group_view* before, const group_view& now)> seen{};
    };

    /// What is given outlives it.
    group_owners(const guarded_topics_options& topics,
                 std::span<boost::asio::io_context* const> contexts, const cluster_view& cluster,
                 options settings);
    group_owners(const group_owners&) = delete;
    group_owners& operator=(const group_owners&) = delete;
    ~group_owners() = default;

    void start();

    /// What waits for an owner is answered `stopped`.
    void stop();

    /// Somebody doubts what was seen last.
    void look_now();

    /// Null before the first look.
    [[nodiscard]] std::shared_ptr<const group_view> view() const { return view_.load(); }

    /// HOST:PORT; empty: nobody, as far as the group says.
    [[nodiscard]] std::string address_of_owner(bytes_view topic, partition_id partition) const;

    [[nodiscard]] bool has_owner(bytes_view topic, partition_id partition) const;

    /// Of that thread, and only for it.
    [[nodiscard]] append_forwarder& forwarder_of(const boost::asio::io_context& context) const;

  private:
    void saw(const std::shared_ptr<const group_view>& view);

    std::function<void(const group_view* before, const group_view& now)> seen_;
    std::shared_ptr<group_watch> watch_;
    std::vector<std::shared_ptr<append_forwarder>> forwarders_;  ///< one for each context
    std::atomic<std::shared_ptr<const group_view>> view_;
};

}  // namespace bkes::sync
