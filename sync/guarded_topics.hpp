#pragma once
// The guarded topics of this instance: everything between a client's batch and the log, and between
// the log and the store. The one door through which the proxy comes into sync.
//
//   append -> partition_log -> sequencer (judges) -> appender -> Kafka -> store -> answer
//   log (foreign writers, catch-up) -> follower, log_reader -> store
//
// Threads: it is given the io_contexts of the program (one thread runs each); the log of partition
// n lives on number n % count. Every function below may be called from any thread, unless it says
// otherwise; callbacks run on the io_context given with them, never inside the call.
//
//   guarded_topics topics{options, store, contexts};
//   if (auto ok = topics.start(); !ok) die(ok.error().text);   // before the contexts run
//   ...
//   topics.append("bkes", partition_id{3}, std::move(job));
//   ...
//   topics.stop(5s, [] { ... });                               // while the contexts still run

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "sync/aggregate_reader.hpp"
#include "sync/append_job.hpp"
#include "sync/cluster_view.hpp"
#include "sync/start_problem.hpp"

#include <boost/asio/io_context.hpp>

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

enum class topics_role : std::uint8_t {
    owner,     ///< appends and follows
    follower,  ///< only keeps the store up with the log; any number may run (`bkes sync`)
};

struct guarded_topics_options {
    topics_role role = topics_role::owner;
    std::string bootstrap_servers;  ///< host:port,host:port
    std::vector<std::string> topics;
    std::string order_header = "order";
    bool order_required = false;
    std::string event_id_header;  ///< empty: off
    std::chrono::milliseconds hold_ms{5000};
    std::chrono::milliseconds lease{1000};  ///< how old a proof of ownership may be
    /// After so long a broker forgets a silent producer. `start` asks the brokers.
    std::chrono::milliseconds producer_expiry = std::chrono::hours{24};
    /// After so long without a request a connection to a broker sends one (0: never). `start` asks
    /// the brokers.
    std::chrono::milliseconds keep_alive{0};
    std::size_t batch_bytes_max = std::size_t{16} << 20U;
    /// The settings `kafka.*` without that prefix, for librdkafka.
    std::map<std::string, std::string> kafka_settings;
    std::string client_id = "bkes";
    /// True for names that belong to virtual topics: a real topic of such a name could not be
    /// reached, and stops the start.
    std::function<bool(bytes_view)> is_virtual_name = [](bytes_view) { return false; };
};

struct cluster_identity {
    std::string cluster_id;
    std::vector<broker_address> brokers;
};

/// Asks the bootstrap servers who they are. Blocks, at most `timeout`; for start-up, before the
/// store of that cluster is opened.
started<cluster_identity> discover(const std::string& bootstrap_servers,
                                   const std::map<std::string, std::string>& kafka_settings,
                                   std::chrono::milliseconds timeout = std::chrono::seconds{10});

enum class partition_state : std::uint8_t {
    catching_up,  ///< the store doesn't hold all of the log yet
    held,         ///< no leader, or another application's transaction is open: comes back by itself
    ready,
    not_owner,  ///< another instance took over
};

struct partition_status {
    partition_state state = partition_state::catching_up;
    log_offset next_offset{0};  ///< all below is in the store
    log_offset end_offset{0};   ///< end of the log as last seen
};

class guarded_topics {
  public:
    /// The store and the contexts must outlive this object.
    guarded_topics(guarded_topics_options options, store::event_store& store,
                   std::span<boost::asio::io_context* const> contexts);
    guarded_topics(const guarded_topics&) = delete;
    guarded_topics& operator=(const guarded_topics&) = delete;
    ~guarded_topics();

    /// Checks the topics (there, not compacted; finite retention is only warned about) and begins
    /// to catch up in the background. Blocks for some network round trips; call it once.
    started<void> start();

    /// Takes no more appends, brings what was sent to its end for at most `limit`, flushes the
    /// store; `stopped` runs on the first context. After it the object may be destroyed.
    void stop(std::chrono::milliseconds limit, std::move_only_function<void()> stopped);

    [[nodiscard]] bool guards(bytes_view topic) const;
    /// Names as configured.
    [[nodiscard]] const std::vector<std::string>& topics() const;
    /// 0 for a topic that isn't guarded.
    [[nodiscard]] std::int32_t partition_count(bytes_view topic) const;
    /// The state of a partition; nullopt if there is no such partition.
    [[nodiscard]] std::optional<partition_status> status(bytes_view topic,
                                                         partition_id partition) const;
    /// True when all partitions of all guarded topics are ready.
    [[nodiscard]] bool ready() const;
    /// True when the store holds all of the log of all guarded topics.
    [[nodiscard]] bool readable() const;

    enum class append_submission : std::uint8_t {
        taken,              ///< job.done will be called
        unknown_partition,  ///< no such guarded partition; the job is gone, nothing is called
    };
    append_submission append(bytes_view topic, partition_id partition, append_job job);

    /// For every read by key. Lives as long as this object.
    [[nodiscard]] aggregate_reader& reader();

    /// After so long without a request any connection to a broker should send one, or the broker
    /// closes it (connections.max.idle.ms). After `start`.
    [[nodiscard]] std::chrono::milliseconds keep_alive() const;

    /// Brokers and leaders as last seen.
    [[nodiscard]] std::shared_ptr<const cluster_snapshot> cluster() const;

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace bkes::sync
