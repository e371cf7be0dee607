#pragma once
// One guarded partition: binds the sequencer (which judges), the appender (which writes), the tail
// (which reads) and the store.
//
//   clients -> inbox -> sequencer -> appender -> Kafka
//                          ^            | written, or found in the log by the tail
//                          +-- store <--+
//
// As owner it serves only after it has taken over (docs/decisions/one-owner.md), and while its last
// proof of that is younger than the lease: conflicts wait for a proof, and so do reads.
//
// Where ownership is shared, it owns for a tenure at a time (tenure.hpp). Out of one it follows the
// log, gives appends to the owner, and reads as far as he says.
//
// Lives on one io_context's thread. `append`, `head_changed`, `stop`, what the group says, and the
// questions may be called from any thread; the rest happens on its own.

#include "store/event_store.hpp"
#include "sync/append/appender.hpp"
#include "sync/append/pending_appends.hpp"
#include "sync/append/produce_lane.hpp"
#include "sync/fencing/lease.hpp"
#include "sync/fencing/producer_probe.hpp"
#include "sync/log/key_watch.hpp"
#include "sync/log/log_tail.hpp"
#include "sync/log/partition_index.hpp"
#include "sync/log/store_worker.hpp"
#include "sync/partition/assignment.hpp"
#include "sync/partition/claim_table.hpp"
#include "sync/partition/followed_position.hpp"
#include "sync/partition/peers.hpp"
#include "sync/partition/stored_heads.hpp"
#include "sync/partition/tenure.hpp"
#include "sync/partition/topic_gate.hpp"
#include "sync/partition/unsettled_batches.hpp"
#include "sync/sequencer/sequencer.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/options.hpp"
#include "sync/types/partition_counts.hpp"
#include "sync/types/read_types.hpp"
#include "sync/types/rebuild_counts.hpp"
#include "sync/types/status.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bkes::sync {

/// What all partitions share; outlives them.
struct partition_surroundings {
    const guarded_topics_options& options;
    store::event_store& store;
    store_worker& worker;
    cluster_view& view;
    key_watch& watch;
    const event_decoder& decoder;
    std::shared_ptr<producer_probe> probe;  ///< from the start on
    std::shared_ptr<throttle_report> throttled;
    rebuild_counts& rebuilds;
    /// Gives an append to the partition of the topic where its keys live. False: there is no such
    /// partition (any more), and nothing will be called.
    std::function<bool(bytes_view topic, partition_id home, append_job job)> redirect;
    /// Any partition's state changed; called on its thread.
    std::function<void()> state_changed;
    boot_time_source now = boot_clock::now;
    /// With whom ownership is shared; null: with nobody.
    peers* others = nullptr;
};

class partition_log final : public std::enable_shared_from_this<partition_log>,
                            private appender_events,
                            private tail_events {
  public:
    /// Lives on the thread of `lanes`.
    partition_log(const std::shared_ptr<produce_lanes>& lanes, const partition_surroundings& around,
                  std::string topic, partition_id partition, claim_table& claims, topic_gate& gate);

    /// Begins to catch up. `if_empty`: why, if the store holds nothing of the partition.
    void start(const uuid& topic_id, rebuild_cause if_empty = rebuild_cause::store_was_empty);

    void append(append_job job);
    void head_changed(bytes_view key);

    // ---- what the group says, if ownership is shared

    void assigned();
    void revoked();
    /// As it was asked for at `asked_at`.
    void seen_as_ours(boot_clock::time_point asked_at);
    /// Whether another instance has it may have changed.
    void owner_changed();

    /// Takes no more appends; `stopped` runs on its thread when nothing is in flight any more, or
    /// at `limit`.
    void stop(std::chrono::steady_clock::time_point limit, std::move_only_function<void()> stopped);

    /// The topic was deleted, this is the end: everything is answered, as nothing that was written
    /// exists any more, and the store forgets the partition.
    void retire();

    [[nodiscard]] partition_status status() const;

    [[nodiscard]] const partition_counts& counts() const { return counts_; }

    /// How far the store is.
    [[nodiscard]] log_reach reach() const { return index_.reach(); }

    /// The store holds the log, nothing in it is undecided, and nobody else can have written, or he
    /// who has said how far he is: empty while that may still become so. `key`: of that aggregate
    /// alone.
    [[nodiscard]] std::optional<read_grant> readable(std::optional<bytes_view> key = {}) const;

    /// It is ours, or about to be.
    [[nodiscard]] bool is_ours() const { return tenure_.is_held(); }

    /// At some time since the start.
    [[nodiscard]] bool has_caught_up() const { return has_arrived_; }

    /// Was added to a topic that is served already, and isn't served yet. Nothing was answered for
    /// it, so reads of the topic don't wait for it.
    [[nodiscard]] bool is_new() const { return was_added_late_ && !has_arrived_; }

    /// Readable, but perhaps for a proof of ownership, which takes a round trip.
    [[nodiscard]] bool lacks_proof_at_most() const {
        return is_readable_ && (is_serving() || is_following());
    }

    /// Somebody reads, and began to then. Asks for a new proof of ownership when the last one is
    /// half its time old, so a read that takes long goes on; or asks the owner. `state_changed`
    /// follows when it is there.
    void want_proof(read_moment began);

    [[nodiscard]] const std::string& topic() const { return topic_; }

    [[nodiscard]] partition_id partition() const { return partition_; }

  private:
    using time_point = std::chrono::steady_clock::time_point;

    // ---- clients (partition_log_clients.cpp)
    template <class Put>
    void into_inbox(Put put);
    void drain_inbox();
    void take(append_job job, time_point now);
    void answer_client(const answer& judged);
    void drop_gone_clients();
    void send(const send_batch& batch);
    void redirect(const redirected_append& sent);
    void redirect_ended(append_id id, append_answer heard);
    void pass_on(append_job job);
    void answer_not_owner(unanswered_append& pending);
    void tell_refused(const append_reply& reply, const append_answer& heard) const;

    // ---- turns
    void tick();
    void tick_after(std::chrono::milliseconds interval);
    [[nodiscard]] bool is_quiet() const;
    void end_rest();
    void flush_actions(std::size_t new_batches_max = 0);
    void suspend_or_resume();
    void publish_state();
    void begin_catch_up();
    void find_rebuild(rebuild_cause if_empty);
    [[nodiscard]] bool is_busy() const;
    void finish_stop();

    // ---- appender_events (partition_log_outcomes.cpp)
    void writes_allowed() override;
    void writes_stopped() override;

    void request_departs() override { flush_actions(1); }

    void batch_written(const produced_batch& batch) override;
    void batch_refused(batch_id id, std::int16_t error_code, refusal_blame blame,
                       const std::string& message) override;
    void batch_skipped(batch_id id) override;
    void not_written(const std::vector<batch_id>& batches) override;
    void log_is_wanted() override;
    [[nodiscard]] const store::log_position& position_read() const override;

    // ---- ownership (partition_log_ownership.cpp)
    void took_over() override;
    void ownership_proven(boot_clock::time_point asked_at) override;
    void ownership_lost() override;
    void answer_when_proven(unanswered_append& judged, append_answer answer);
    void answer_unproven();
    void give_up_unproven();
    void begin_to_serve();

    /// Taken over, no predecessor answers any more, and all partitions of the topic are known.
    [[nodiscard]] bool is_serving() const { return has_taken_over_ && gate_.is_open(); }

    // ---- tenures (partition_log_tenure.cpp)
    [[nodiscard]] std::unique_ptr<sequencer> make_sequencer();
    [[nodiscard]] std::shared_ptr<appender> make_appender();
    void begin_tenure();
    void end_tenure();
    void begin_to_append();
    void arrive();
    void ask_owner();
    void tell_followers();
    void batch_leaves(const send_batch& batch);
    void tell_settled();

    [[nodiscard]] bool is_following() const { return around_.others != nullptr && gate_.is_open(); }

    // ---- tail_events
    void about_to_store(const fetched_log& log) override;
    void log_cut(log_offset end) override;

    void goes_back(rebuild_cause cause) override { around_.rebuilds.add(cause); }

    void stored() override;
    void tail_changed() override;

    boost::asio::io_context& context_;
    const partition_surroundings& around_;
    std::string topic_;
    partition_id partition_;
    partition_counts counts_{};
    partition_index index_;
    stored_heads heads_;
    partition_claims claims_;
    std::unique_ptr<sequencer> sequencer_;  ///< of this tenure; never null, as the appender
    std::shared_ptr<log_tail> tail_;
    std::shared_ptr<produce_lanes> lanes_;
    std::shared_ptr<appender> appender_;
    boost::asio::steady_timer timer_;

    std::mutex inbox_mutex_;
    std::vector<append_job> inbox_;    ///< under inbox_mutex_
    std::vector<bytes> changed_keys_;  ///< under inbox_mutex_
    bool is_drain_posted_ = false;     ///< under inbox_mutex_
    std::vector<append_job> drained_;

    pending_appends pending_;
    answer_outbox outbox_{counts_};
    std::unordered_map<batch_id, std::vector<append_id>> sent_;
    std::vector<store::new_event> events_buffer_;
    std::optional<time_point> stop_limit_;
    std::move_only_function<void()> stopped_;
    time_point next_sweep_{};
    bool is_resting_ = false;                  ///< ticks come seldom
    std::optional<rebuild_cause> rebuilding_;  ///< counted with the first that is read

    struct unproven_answer {
        unanswered_append judged;
        append_answer answer;
        time_point hold_until;
    };

    topic_gate& gate_;
    const bool was_added_late_;
    lease lease_;
    std::vector<unproven_answer> unproven_;  ///< conflicts, until a proof comes
    std::size_t unproven_bytes_ = 0;         ///< of their records
    bool is_lost_ = false;
    bool is_appending_ = false;  ///< the appender was started
    bool is_open_ = false;       ///< the sequencer isn't suspended
    bool is_stopped_ = false;
    assignment assignment_;
    tenure tenure_;
    followed_position followed_;
    unsettled_batches unsettled_;      ///< if ownership is shared
    bool was_told_to_follow_ = false;  ///< readers know of the owner's last position

    std::atomic<partition_state> state_{partition_state::catching_up};
    std::atomic<log_offset> catch_up_from_{log_offset{0}};
    std::atomic<time_point> catch_up_began_{std::chrono::steady_clock::now()};
    std::atomic<bool> is_readable_{false};  ///< but for the lease, and the topic's other partitions
    std::atomic<bool> has_arrived_{false};  ///< at the gate
    std::atomic<bool> has_taken_over_{false};  ///< in this tenure
    std::atomic<bool> is_proof_wanted_{false};
    std::atomic<bool> is_settling_awaited_{false};  ///< by a read
    std::atomic<bool> is_look_posted_{false};       ///< at what is asked of the owner
    std::atomic<read_moment> followed_until_{read_moment::min()};
};

}  // namespace bkes::sync
