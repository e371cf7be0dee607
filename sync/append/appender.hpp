#pragma once
// Writes one partition's batches to Kafka as its owner: stamps, sends, and says what became of
// them. It judges nothing: the sequencer decides what is written, `fencing` when this instance may
// write at all, `batches_under_way` what an answer means; here are the sockets.
//
// The connection is shared with other partitions (produce_lane.hpp), so giving it up need not end
// it: what was sent may still be written, but whatever is sent later on it comes later.
//
// Belongs to one io_context's thread. Batches are answered in the order of `send`. After the
// connection was lost all batches under way are unknown; they stay here, with the same bytes and
// the same sequence, until they are sent again, found in the log, or dropped.

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/producer_identity.hpp"
#include "store/event_store.hpp"
#include "sync/append/batches_under_way.hpp"
#include "sync/append/produce_lane.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/broker/leader_tracker.hpp"
#include "sync/fencing/coordinator_session.hpp"
#include "sync/fencing/fencing.hpp"
#include "sync/fencing/producer_probe.hpp"
#include "sync/sequencer/append_types.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

/// The broker has it.
struct produced_batch {
    batch_id id;
    log_offset base_offset;
    std::int32_t record_count;
    std::int64_t log_append_time_ms;  ///< -1: the records keep their own times
    log_offset log_start;
    boot_clock::time_point sent_at;  ///< the attempt that was answered
    /// It was sent more than once, so the answer's times may be those of the first attempt.
    bool was_sent_again;
};

/// What the appender tells its partition_log: on its thread, never inside a call of it.
class appender_events {
  public:
    /// Batches may be sent: `appender::may_write`.
    virtual void writes_allowed() = 0;
    /// Nothing can be sent now. The batches under way are unknown.
    virtual void writes_stopped() = 0;
    /// A request leaves: the next batch, if it is `send`ed inside this call, goes with it.
    virtual void request_departs() = 0;
    virtual void batch_written(const produced_batch& batch) = 0;
    virtual void batch_refused(batch_id id, std::int16_t error_code, refusal_blame blame,
                               const std::string& message) = 0;
    /// Behind a refused one: the broker took it for a hole in the sequence. It is not written.
    virtual void batch_skipped(batch_id id) = 0;
    /// The log was read up to a marker behind which none of these comes any more, and they weren't
    /// in it.
    virtual void not_written(const std::vector<batch_id>& batches) = 0;
    /// Read the log to its end: a marker is awaited, or a leader lacks some of what was read.
    virtual void log_is_wanted() = 0;
    /// For the first time.
    virtual void took_over() = 0;
    /// This instance was the owner at `asked_at`.
    virtual void ownership_proven(boot_clock::time_point asked_at) = 0;
    /// Another instance owns the partition, for good. Follows `writes_stopped`; `not_written` comes
    /// yet.
    virtual void ownership_lost() = 0;
    /// What has been read of the log, for a new leader to agree with.
    [[nodiscard]] virtual const store::log_position& position_read() const = 0;

  protected:
    ~appender_events() = default;
};

class appender final : public std::enable_shared_from_this<appender>, private lane_user {
  public:
    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        /// As broker_link_options, to the coordinator.
        std::chrono::milliseconds keep_alive{0};
        std::shared_ptr<link_security> security{};
        fencing_options fencing;
        boot_time_source now = boot_clock::now;
    };

    /// `events` outlives it, or `stop` is called first.
    appender(std::shared_ptr<produce_lanes> lanes, std::shared_ptr<producer_probe> probe,
             cluster_view& view, appender_events& events, options settings);

    /// Connects to the leader and takes over, and connects again whenever the connection is lost,
    /// until `stop` or until ownership is lost. With the topic's id (zero: not known) nothing is
    /// ever written to another topic of the same name (brokers since 4.0).
    void start(const uuid& topic_id);
    /// After the loss, if what is under way isn't decided: for that alone.
    void take_over_again();
    /// Nothing is told after it.
    void stop();

    [[nodiscard]] bool may_write() const { return fencing_.may_write(); }

    /// So many records could be sent: `request_departs` follows, if there are any.
    void announce(std::size_t records);
    /// A new batch, encoded without identity.
    void send(batch_id id, bytes encoded, std::int32_t record_count);
    /// One that is under way already, with the bytes and sequence of the first time.
    void send_again(batch_id id);

    /// The batch under way that stands in the log with this header, if it is one.
    [[nodiscard]] std::optional<batch_id> find_under_way(
        const protocol::batch_header& header) const;
    /// Written by this instance.
    [[nodiscard]] bool is_own(const protocol::batch_header& header) const;

    /// Oldest first.
    [[nodiscard]] std::vector<batch_id> under_way() const { return under_way_.ids(); }

    /// The batch was found in the log; an answer that comes yet is not reported.
    void decided(batch_id id) { under_way_.decided(id); }

    /// The last attempt of one that is under way.
    [[nodiscard]] boot_clock::time_point sent_at(batch_id id) {
        return under_way_.find(id)->sent_at;
    }

    // ---- the log, as `fencing` is to know it
    void marker_read(const producer_identity& marker);
    void log_stored(log_offset next_offset);
    /// It ends there now.
    void log_cut(log_offset end);
    /// The offset of an acknowledged batch in whose place this one stands: the log was cut.
    [[nodiscard]] std::optional<log_offset> contradicted_by(
        const protocol::batch_header& header) const;

    /// A younger proof is needed; `ownership_proven` follows, or `ownership_lost`, or nothing.
    void want_proof();

    /// An append waits: a pause between two connections ends.
    void hurry();

    /// Call it twice a second or so: a leader that went to sleep keeps its connections.
    void look_after();

    [[nodiscard]] const std::optional<producer_identity>& owner() const { return fencing_.owner(); }

    /// The leader's epoch, as known when the connection was made.
    [[nodiscard]] leader_epoch epoch() const { return leader_.epoch(); }

  private:
    // ---- what `fencing` wants (appender_connection.cpp)
    void turn();
    void turn_soon();
    void carry_out(fencing_action what);
    void connect();
    void connect_failed(std::error_code reason);
    void compare_logs();
    void ask_coordinator();
    void probe_leader();
    void give_up_connection();
    void nothing_else_is_written();
    void set_timer();
    void lane_ended() override;

    // ---- batches (appender.cpp)
    void departs() override { events_.request_departs(); }

    void transmit(batch_under_way& batch);
    void answered(batch_id id, const result<produce_lane::partition_answer>& answer);
    void attempt_failed(batch_id id, std::error_code reason);
    void written(const batch_under_way& batch, const produce_lane::partition_answer& answer);

    appender_events& events_;
    options settings_;
    uuid topic_id_;
    fencing fencing_;
    batches_under_way under_way_;
    leader_tracker leader_;
    std::shared_ptr<produce_lanes> lanes_;
    std::shared_ptr<produce_lane> lane_;  ///< to the leader; nullptr between two connections
    std::uint64_t connection_ = 1;        ///< rises when one is given up; its answers are ignored
    std::shared_ptr<coordinator_session> coordinator_;
    std::shared_ptr<producer_probe> probe_;
    boost::asio::steady_timer timer_;
    boot_clock::time_point timer_set_for_ = boot_clock::time_point::max();
    bool is_turning_ = false;
    bool is_turn_posted_ = false;
    bool is_stopped_ = false;
};

}  // namespace bkes::sync
