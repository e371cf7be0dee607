#pragma once
// Carries out the steps of `coordinator_dialogue` for one partition: finds the coordinator of the
// partition's transactional id, connects to it for as long as it takes, and asks.
//
// Belongs to one io_context's thread; one run at a time.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/fencing/coordinator_dialogue.hpp"
#include "sync/fencing/fencing.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace bkes::sync {

/// The transactional id of a partition's owner, the same for every instance.
[[nodiscard]] std::string owner_id(const std::string& topic, partition_id partition);

class coordinator_session : public std::enable_shared_from_this<coordinator_session> {
  public:
    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        std::chrono::milliseconds keep_alive{0};  ///< as broker_link_options, like the next
        std::shared_ptr<link_security> security{};
    };

    using handler = std::move_only_function<void(coordinator_outcome)>;

    /// The dialogue outlives it, or `cancel` is called first.
    coordinator_session(boost::asio::io_context& context, coordinator_dialogue& dialogue,
                        options settings);

    /// Carries out what the dialogue has begun. `via` is an open link to any broker, which knows
    /// the coordinator; the coordinator is tried until it answers. Never calls back inside.
    void run(std::shared_ptr<broker_link> via, handler done);

    /// Forgets the run under way; its handler is not called.
    void cancel();

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
    void finish(coordinator_outcome outcome);

    template <class Response, class Request, class Read>
    void ask(const Request& request, protocol::version_range versions, Read read);

    boost::asio::io_context& context_;
    options settings_;
    std::string owner_id_;
    coordinator_dialogue& dialogue_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<broker_link> via_;
    std::shared_ptr<broker_link> coordinator_;
    handler done_;
    std::uint64_t run_ = 0;  ///< answers to an earlier run are not heard
    int failures_ = 0;
};

}  // namespace bkes::sync
