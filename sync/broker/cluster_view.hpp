#pragma once
// Who leads what: a snapshot of the brokers and of the guarded topics, refreshed by Metadata over a
// connection of its own, on demand and every ten seconds.
//
// `snapshot` may be called from any thread and never blocks on I/O; a snapshot is immutable and
// lives as long as somebody holds it. Everything else belongs to the thread of the io_context.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

class broker_link;
class link_security;

struct broker_address {
    node_id id;
    std::string host;
    std::uint16_t port = 0;

    friend bool operator==(const broker_address&, const broker_address&) = default;
};

struct partition_leader {
    node_id leader{-1};  ///< -1: none now
    leader_epoch epoch = unknown_leader_epoch;
};

struct topic_view {
    std::string name;
    uuid id;  ///< zero if the brokers don't know topic ids (before 2.8)
    std::vector<partition_leader> partitions;  ///< by partition number
};

struct cluster_snapshot {
    std::vector<broker_address> brokers;
    std::vector<topic_view> topics;  ///< the guarded topics that exist

    [[nodiscard]] const broker_address* broker(node_id id) const;
    [[nodiscard]] const topic_view* topic(bytes_view name) const;
    /// The broker that leads the partition; nullptr if there is none now.
    [[nodiscard]] const broker_address* leader_of(bytes_view topic, partition_id partition) const;
    /// Of a partition that has a leader.
    [[nodiscard]] leader_epoch leader_epoch_of(bytes_view topic, partition_id partition) const;
};

class cluster_view {
  public:
    struct options {
        std::vector<broker_address> bootstrap;  ///< ids are not used
        std::vector<std::string> topics;
        std::string client_id;
        std::shared_ptr<link_security> security{};  ///< as broker_link_options
    };

    cluster_view(boost::asio::io_context& context, options settings);
    ~cluster_view();

    /// Asks at once and then every ten seconds, until `stop`. `keep_alive` as in
    /// broker_link_options.
    void start(std::chrono::milliseconds keep_alive = {});
    void stop();

    /// Never null; empty before the first answer. Any thread.
    [[nodiscard]] std::shared_ptr<const cluster_snapshot> snapshot() const;

    /// Asks again soon (many requests within 100 ms are one). Any thread.
    void refresh();

    /// `changed` runs on the io_context's thread after each new snapshot. Set before `start`.
    void on_change(std::function<void(const cluster_snapshot&)> changed);

    /// The same with the link that it came over, for what else is to be asked now and then.
    void on_answer(std::function<void(broker_link&)> answered);

  private:
    class refresher;
    std::shared_ptr<refresher> refresher_;
};

}  // namespace bkes::sync
