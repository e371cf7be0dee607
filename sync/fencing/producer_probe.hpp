#pragma once
// Proves ownership cheaply: asks the leaders whether our epoch is still the newest of our producer
// id (DescribeProducers, KIP-664), all partitions of a broker in one request. What is asked for
// while a request is under way goes with the next one.
//
// The connections are made before they are needed: a broker that has its fill of clients
// (max.connections.per.ip) lets nobody in then, while bkes needs a proof for each conflict and read.
//
// `ask` may be called from any thread; answers are given on the thread of the io_context, to which
// `follow` belongs.

#include "protocol/core/ids.hpp"
#include "protocol/core/producer_identity.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/fencing/boot_clock.hpp"
#include "sync/fencing/fencing.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace bkes::sync {

class producer_probe : public std::enable_shared_from_this<producer_probe> {
  public:
    struct question {
        std::string topic;
        partition_id partition;
        leader_epoch leader;  ///< another one isn't asked
        producer_identity held;
        /// `asked_at`: before the request was sent.
        std::move_only_function<void(probe_finding, boot_clock::time_point asked_at)> done;
    };

    /// `keep_alive` and `security` as in broker_link_options.
    producer_probe(boost::asio::io_context& context, cluster_view& view, std::string client_id,
                   std::chrono::milliseconds keep_alive = {},
                   std::shared_ptr<link_security> security = {},
                   boot_time_source now = boot_clock::now)
        : context_{context},
          view_{view},
          client_id_{std::move(client_id)},
          keep_alive_{keep_alive},
          security_{std::move(security)},
          now_{std::move(now)} {}

    void ask(question what);

    /// Connects to the leaders to which there is no connection.
    void follow(const cluster_snapshot& snapshot);

    /// Closes the connections; questions that are open get no_answer.
    void stop();

  private:
    struct broker_questions {
        std::shared_ptr<broker_link> link;
        std::vector<question> waiting;
        std::vector<question> asked;
        boot_clock::time_point asked_at;
    };

    void take(question what);
    void connect(node_id broker);
    void send(node_id broker);
    void fail(node_id broker);

    boost::asio::io_context& context_;
    cluster_view& view_;
    std::string client_id_;
    std::chrono::milliseconds keep_alive_;
    std::shared_ptr<link_security> security_;
    boot_time_source now_;
    std::unordered_map<node_id, broker_questions> brokers_;
    bool is_stopped_ = false;
};

}  // namespace bkes::sync
