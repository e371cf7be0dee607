#pragma once
// Writes one partition's batches to Kafka as its owner: stamps, sends, remembers what is under way,
// and says what became of it. It judges nothing; the sequencer decides what is written, and the
// partition_log binds both.
//
//   connect -> has the leader what was read? -> take over (the first time), renew (undecided),
//   prove (else) -> [barrier read] -> ready
//
// A connection is used for batches only after ownership was proved on it: a broker closes what is
// idle long before it forgets an epoch, so an owner that was paused for hours is stopped here. And
// not after half of the time in which a broker forgets, whatever the connection looks like
// (docs/decisions/one-owner.md).
//
// The connection is shared with other partitions (produce_lane.hpp), so giving it up need not end
// it: what was sent may still be written, but whatever is sent later on it comes later.
//
// Belongs to one io_context's thread. Batches are answered in the order of `send`. After the
// connection was lost all batches under way are unknown; they stay here, with the same bytes and
// the same sequence, until they are sent again, found in the log, or dropped.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/record_batch.hpp"
#include "store/event_store.hpp"
#include "sync/append_types.hpp"
#include "sync/cluster_view.hpp"
#include "sync/followed_leader.hpp"
#include "sync/lease.hpp"
#include "sync/ownership.hpp"
#include "sync/produce_lane.hpp"
#include "sync/produce_outcome.hpp"
#include "sync/producer_identity.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
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

/// What the appender tells its partition_log; called on its thread, never inside a call of it but
/// for `lost` inside `stop` and `reconnect`.
class appender_events {
  public:
    virtual void appender_ready() = 0;
    /// A request leaves: the next batch, if it is `send`ed inside this call, goes with it.
    virtual void request_departs() = 0;
    /// Nothing can be sent now. The batches under way are unknown.
    virtual void appender_lost() = 0;
    virtual void batch_written(const produced_batch& batch) = 0;
    virtual void batch_refused(batch_id id, std::int16_t error_code, refusal_blame blame,
                               const std::string& message) = 0;
    /// Behind a refused one: the broker took it for a hole in the sequence. It is not written.
    virtual void batch_skipped(batch_id id) = 0;
    /// What is under way can only be decided by reading the log up to the barrier of a new epoch,
    /// which is being taken. Follows `lost`.
    virtual void appender_undecided(std::int16_t error_code) = 0;
    /// A marker with this identity stands in the log: nothing of an older epoch comes after it.
    /// When it is read, decide what is under way and call `barrier_read`.
    virtual void barrier_written(const producer_identity& owner) = 0;
    /// The coordinator knows no newer epoch than ours.
    virtual void ownership_proven(boot_clock::time_point asked_at) = 0;
    /// What has been read of the log, for a new leader to agree with.
    [[nodiscard]] virtual const store::log_position& position_read() const = 0;
    /// A leader lacks some of that. It is connected to again and again until both agree.
    virtual void leader_disagrees() = 0;
    /// Another instance owns the partition, for good. Follows `lost`. What is under way is decided
    /// when a marker of an epoch above `ours` is read.
    virtual void ownership_lost(const std::optional<producer_identity>& ours) = 0;

  protected:
    ~appender_events() = default;
};

class appender final : public std::enable_shared_from_this<appender>, private lane_user {
  public:
    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        /// After so long without a batch or a marker a broker forgets an epoch
        /// (producer.id.expiration.ms).
        std::chrono::milliseconds producer_expiry = std::chrono::hours{24};
        std::chrono::milliseconds keep_alive{0};  ///< as broker_link_options, to the coordinator
    };

    /// `events` outlives it, or `stop` is called first.
    appender(std::shared_ptr<produce_lanes> lanes, cluster_view& view, appender_events& events,
             options settings);

    /// Connects to the leader and takes over, and connects again whenever the connection is lost,
    /// until `stop` or until ownership is lost. With the topic's id (zero: not known) nothing is
    /// ever written to another topic of the same name (brokers since 4.0).
    void start(const uuid& topic_id);
    void stop();

    [[nodiscard]] bool is_ready() const { return is_ready_; }

    /// So many records could be sent: `request_departs` follows, if there are any.
    void wait(std::size_t records);
    /// A new batch, encoded without identity. Only when ready.
    void send(batch_id id, bytes encoded, std::int32_t record_count);
    /// One that is under way already, with the bytes and sequence of the first time.
    void send_again(batch_id id);

    /// The batch under way that stands in the log with this header, if it is one.
    [[nodiscard]] std::optional<batch_id> find_in_flight(
        const protocol::batch_header& header) const;
    /// Written by this instance.
    [[nodiscard]] bool is_own(const protocol::batch_header& header) const;
    /// What is under way, oldest first.
    [[nodiscard]] std::vector<batch_id> in_flight() const;
    /// The batch was found in the log; an answer that comes yet is not reported.
    void decided(batch_id id);

    /// The store holds the log up to the last `barrier_written`, and nothing is under way.
    void barrier_read();

    /// Asks the coordinator whether ownership is still ours; `ownership_proven` or `ownership_lost`
    /// follows, or nothing if the connection is lost first.
    void prove();

    /// An append waits: a pause between two connections ends.
    void hurry();

    /// Call it twice a second or so: a leader that went to sleep keeps its connections.
    void look_after();

    /// Gives the connection up and proves ownership on a new one.
    void reconnect();

    /// Takes a new epoch on a new connection, so that the log decides what is under way.
    void renew();

    [[nodiscard]] const std::optional<producer_identity>& owner() const {
        return ownership_->held();
    }

    /// The leader's epoch, as known when the connection was made.
    [[nodiscard]] leader_epoch epoch() const { return leader_.epoch(); }

  private:
    struct flying_batch {
        batch_id id;
        bytes encoded;
        std::int32_t record_count;
        producer_identity stamped;
        sequence_number base_sequence;
        std::int64_t newest_record_ms;
        boot_clock::time_point sent_at{};
        int attempts = 0;
        std::uint64_t sent_on = 0;  ///< the connection of the last attempt
        earlier_attempts earlier = earlier_attempts::none;
    };

    // ---- connection and ownership (appender_ownership.cpp)
    void connect();
    void connection_failed(std::error_code reason);
    void connected();
    void take_ownership();
    void owned(identity::goal how, boot_clock::time_point asked_at);
    void fenced_off();
    void become_ready();
    void retry_connect();
    void connect_after(std::chrono::milliseconds pause);
    void lane_ended() override;
    void lose();
    void heartbeat_after(std::chrono::milliseconds pause);
    [[nodiscard]] bool is_proof_too_old() const;
    void keep_alive(const flying_batch& written, std::int64_t log_append_time_ms);

    // ---- batches (appender.cpp)
    void departs() override;
    void transmit(flying_batch& batch);
    void answered(batch_id id, const result<produce_lane::partition_answer>& answer);
    void not_sent(batch_id id);
    void judge(batch_id id, const produce_lane::partition_answer& answer);
    void written(const flying_batch& batch, const produce_lane::partition_answer& answer);
    void undecided(std::int16_t error_code);
    void take_back(sequence_number sequence);
    flying_batch* find(batch_id id);

    appender_events& events_;
    options settings_;
    uuid topic_id_;
    followed_leader leader_;
    std::shared_ptr<produce_lanes> lanes_;
    std::shared_ptr<produce_lane> lane_;  ///< to the leader; nullptr between two connections
    std::uint64_t connection_ = 1;        ///< rises when one is given up; its answers are ignored
    std::shared_ptr<ownership> ownership_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer heartbeat_;
    boot_clock::time_point proven_at_{};            ///< on this connection
    std::optional<producer_identity> first_owner_;  ///< with the epoch of the take-over
    sequence_number next_sequence_{0};
    std::deque<flying_batch> in_flight_;
    bool is_ready_ = false;
    bool is_stopped_ = false;
    bool is_proven_ = false;            ///< on this connection
    bool is_undecided_ = false;         ///< until a new epoch is taken
    bool is_awaiting_barrier_ = false;  ///< until `barrier_read`
    bool is_refusing_ = false;          ///< a refused batch's followers are still under way
    bool is_resting_ = false;           ///< until `hurry`, or until the pause is over
    int failures_ = 0;
    int quiet_ends_ = 0;  ///< of young connections on which nothing was written
};

}  // namespace bkes::sync
