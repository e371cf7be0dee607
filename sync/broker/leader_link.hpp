#pragma once
// A connection to whichever broker leads one partition now. Belongs to one io_context's thread.

#include "protocol/core/ids.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/broker/leader_tracker.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace bkes::sync {

class leader_link : public std::enable_shared_from_this<leader_link> {
  public:
    /// An open link, or why there is none: link_errc::no_leader, or what connecting failed with.
    using handler = std::move_only_function<void(result<std::shared_ptr<broker_link>>)>;

    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        std::chrono::milliseconds keep_alive{0};  ///< as broker_link_options, like the next
        std::shared_ptr<link_security> security{};
    };

    leader_link(boost::asio::io_context& context, cluster_view& view, const options& settings);

    /// Gives the link that is open, or opens one to the leader as the view knows it now. May call
    /// back inside the call. One at a time.
    void get(handler done);

    /// Closes the link (what is under way on it fails, at once) and asks for newer metadata.
    void drop();

    /// True if the partition is known to have got another leader than the one connected to, or
    /// the same for another time.
    [[nodiscard]] bool is_elsewhere() const { return link_ && leader_.is_elsewhere(); }

  private:
    boost::asio::io_context& context_;
    leader_tracker leader_;
    std::string client_id_;
    std::chrono::milliseconds keep_alive_;
    std::shared_ptr<link_security> security_;
    std::shared_ptr<broker_link> link_;
};

}  // namespace bkes::sync
