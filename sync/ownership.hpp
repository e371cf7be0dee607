#pragma once
// Carries out the steps of `identity` for one partition: finds the coordinator of the partition's
// transactional id, connects to it for as long as it takes, and asks.
//
// Belongs to one io_context's thread; one run at a time.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "sync/broker_link.hpp"
#include "sync/identity.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bkes::sync {

/// The transactional id of a partition's owner, the same for every instance.
[[nodiscard]] std::string owner_id(const std::string& topic, partition_id partition);

enum class ownership_outcome : std::uint8_t {
    owned,
    lost,  ///< to another instance, for good
};

class ownership : public std::enable_shared_from_this<ownership> {
  public:
    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        std::chrono::milliseconds keep_alive{0};  ///< as broker_link_options
    };

    /// An error is that of the link given to `run`; the coordinator is tried until it answers.
    using handler = std::move_only_function<void(result<ownership_outcome>)>;

    ownership(boost::asio::io_context& context, options settings);

    /// `via` is an open link to any broker, which knows the coordinator. Never calls back inside.
    void run(identity::goal what, std::shared_ptr<broker_link> via, handler done);

    /// Forgets the run under way; its handler is not called.
    void cancel();

    [[nodiscard]] bool is_running() const { return static_cast<bool>(done_); }

    [[nodiscard]] const std::optional<producer_identity>& held() const { return machine_.held(); }

  private:
    void do_next();
    void find_coordinator();
    void connect(const std::string& host, std::uint16_t port);
    void init_producer();
    void add_partition();
    void end_transaction();
    void answered(std::int16_t error_code, const producer_identity& given = {});
    void coordinator_lost(std::error_code reason);
    void repeat_after(std::chrono::milliseconds pause);
    std::chrono::milliseconds growing_pause();
    void finish(result<ownership_outcome> outcome);

    template <class Response, class Request, class Read>
    void ask(const Request& request, protocol::version_range versions, Read read);

    boost::asio::io_context& context_;
    options settings_;
    std::string owner_id_;
    identity machine_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<broker_link> via_;
    std::shared_ptr<broker_link> coordinator_;
    handler done_;
    std::uint64_t run_ = 0;  ///< answers to an earlier run are not heard
    int failures_ = 0;
};

}  // namespace bkes::sync
