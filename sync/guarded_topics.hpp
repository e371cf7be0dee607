#pragma once
// The guarded topics of this instance. The one door through which the proxy comes into sync; behind it
// is an instance that has a store (stored_topics.hpp) or a router (routed_topics.hpp).
//
// Threads: it is given the io_contexts of the program (one thread runs each); partition n belongs to
// number n % count. Every function below may be called from any thread, unless it says otherwise;
// callbacks run on the io_context given with them, never inside the call.
//
//   if (auto ok = topics.start(); !ok) die(ok.error().text);   // before the contexts run
//   ...
//   topics.append("bkes", partition_id{3}, std::move(job));
//   ...
//   topics.stop(5s, [] { ... });                               // while the contexts still run

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/start/cluster_facts.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/partition_counts.hpp"
#include "sync/types/produce_client.hpp"
#include "sync/types/rebuild_counts.hpp"
#include "sync/types/start_problem.hpp"
#include "sync/types/status.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

class aggregate_reader;
class forward_service;
class offered_restore_point;
class store_link;

class guarded_topics {
  public:
    guarded_topics() = default;
    guarded_topics(const guarded_topics&) = delete;
    guarded_topics& operator=(const guarded_topics&) = delete;
    virtual ~guarded_topics() = default;

    /// `changed` hears of brokers and leaders each time they were asked for, on the first context.
    /// Set before `start`.
    virtual void on_cluster_change(std::function<void(const cluster_snapshot&)> changed) = 0;

    /// Checks the topics (sync/start/start_checks.hpp) and begins. Each right of bkes' own that is
    /// missing is a line in the log. Blocks for some network round trips; call it until it succeeds,
    /// which it does once.
    virtual started<void> start() = 0;

    /// Takes no more appends, and brings what was sent to its end for at most `limit`; `stopped` runs
    /// on the first context. After it the object may be destroyed.
    virtual void stop(std::chrono::milliseconds limit, std::move_only_function<void()> stopped) = 0;

    /// Names as configured.
    [[nodiscard]] virtual const std::vector<std::string>& topics() const = 0;

    [[nodiscard]] bool guards(bytes_view topic) const {
        return std::ranges::find(topics(), topic) != topics().end();
    }

    /// 0 for a topic that isn't guarded.
    [[nodiscard]] virtual std::int32_t partition_count(bytes_view topic) const = 0;

    /// The state of a partition; nullopt if there is no such partition.
    [[nodiscard]] virtual std::optional<partition_status> status(bytes_view topic,
                                                                 partition_id partition) const = 0;

    /// What was counted of it so far, for as long as the result is held; null if there is no such
    /// partition.
    [[nodiscard]] virtual std::shared_ptr<const partition_counts> counts(
        bytes_view topic, partition_id partition) const = 0;

    /// How often partitions' indexes were built again.
    [[nodiscard]] virtual const rebuild_counts& rebuilds() const = 0;

    enum class append_submission : std::uint8_t {
        taken,              ///< job.done will be called
        unknown_partition,  ///< no such guarded partition; the job is gone, nothing is called
    };
    virtual append_submission append(bytes_view topic, partition_id partition, append_job job) = 0;

    /// If partitions are shared: lets the other instances take this one's over, which goes on with
    /// each until then. `done` runs on the first context when none is left and the others know of
    /// it, at once if there are no others, or after `limit`. Before `stop`.
    virtual void hand_over(std::chrono::milliseconds limit,
                           std::move_only_function<void()> done) = 0;

    /// For what other instances give to this one; null if no partition is shared. Lives as long as
    /// this object.
    [[nodiscard]] virtual forward_service* forwards() = 0;

    /// For instances that begin; null if no partition is shared, or where there is no store. Lives as
    /// long as this object.
    [[nodiscard]] virtual offered_restore_point* restore_point() = 0;

    /// Counts what a client produces to guarded topics in its producer quota. How long it has to be
    /// quiet now; 0: not at all. Where nobody has a quota it costs an atomic load.
    [[nodiscard]] virtual std::chrono::milliseconds count_produced(const produce_client& who,
                                                                   std::size_t bytes) = 0;

    /// For every read by key; null where there is no store. Lives as long as this object.
    [[nodiscard]] virtual aggregate_reader* reader() = 0;

    /// For the reads of one client where there is no store, on its thread; else null.
    [[nodiscard]] virtual std::shared_ptr<store_link> link_to_store(
        boost::asio::io_context& context) = 0;

    /// After so long without a request any connection to a broker should send one, or the broker
    /// closes it (connections.max.idle.ms). After `start`.
    [[nodiscard]] virtual std::chrono::milliseconds keep_alive() const = 0;

    /// Brokers and leaders as last seen.
    [[nodiscard]] virtual std::shared_ptr<const cluster_snapshot> cluster() const = 0;
};

}  // namespace bkes::sync
