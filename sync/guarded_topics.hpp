#pragma once
// The guarded topics of this instance: everything between a client's batch and the log, and between
// the log and the store. The one door through which the proxy comes into sync.
//
//   append -> partition_log -> sequencer (judges) -> appender -> Kafka -> store -> answer
//   log (foreign writers, catch-up) -> log_tail -> store
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
#include "sync/broker/cluster_view.hpp"
#include "sync/start/cluster_facts.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/options.hpp"
#include "sync/types/partition_counts.hpp"
#include "sync/types/produce_client.hpp"
#include "sync/types/rebuild_counts.hpp"
#include "sync/types/start_problem.hpp"
#include "sync/types/status.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bkes::sync {

class forward_service;

class guarded_topics {
  public:
    /// The store and the contexts must outlive this object.
    guarded_topics(guarded_topics_options options, store::event_store& store,
                   std::span<boost::asio::io_context* const> contexts);
    guarded_topics(const guarded_topics&) = delete;
    guarded_topics& operator=(const guarded_topics&) = delete;
    ~guarded_topics();

    /// `changed` hears of brokers and leaders each time they were asked for, on the first context.
    /// Set before `start`.
    void on_cluster_change(std::function<void(const cluster_snapshot&)> changed);

    /// Checks the topics (there, not compacted; finite retention is only warned about) and begins
    /// to catch up in the background. Each right of bkes' own that is missing is a line in the log.
    /// Blocks for some network round trips; call it until it succeeds, which it does once.
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
    /// What was counted of it so far, for as long as the result is held; null if there is no such
    /// partition.
    [[nodiscard]] std::shared_ptr<const partition_counts> counts(bytes_view topic,
                                                                 partition_id partition) const;
    /// How often partitions' indexes were built again.
    [[nodiscard]] const rebuild_counts& rebuilds() const;
    /// True when all partitions of all guarded topics are ready, here or at another instance.
    [[nodiscard]] bool ready() const;
    /// True when the store holds all of the log of all guarded topics.
    [[nodiscard]] bool readable() const;

    enum class append_submission : std::uint8_t {
        taken,              ///< job.done will be called
        unknown_partition,  ///< no such guarded partition; the job is gone, nothing is called
    };
    append_submission append(bytes_view topic, partition_id partition, append_job job);

    /// If partitions are shared: lets the other instances take this one's over, which goes on with
    /// each until then. `done` runs on the first context when none is left and the others know of
    /// it, at once if there are no others, or after `limit`. Before `stop`.
    void hand_over(std::chrono::milliseconds limit, std::move_only_function<void()> done);

    /// For what other instances give to this one; null if no partition is shared. Lives as long as
    /// this object.
    [[nodiscard]] forward_service* forwards();

    /// Counts what a client produces to guarded topics in its producer quota. How long it has to be
    /// quiet now; 0: not at all. Where nobody has a quota it costs an atomic load.
    [[nodiscard]] std::chrono::milliseconds count_produced(const produce_client& who,
                                                           std::size_t bytes);

    /// For every read by key. Lives as long as this object.
    [[nodiscard]] aggregate_reader& reader();

    /// Makes a restore point of the store in `place` (event_store::checkpoint), when the long work
    /// that waits there is done. `done` runs on a thread that nobody else may need meanwhile: it
    /// returns soon. It is dropped, not called, when this object ends before.
    void checkpoint(std::string place,
                    std::move_only_function<void(store::checkpoint_outcome)> done);

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
