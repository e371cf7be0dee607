#pragma once
// Who may write one partition: the way to a connection on which this instance is its proven owner,
// and all that ends it (contract section 8; the recipe and its reasons:
// docs/decisions/one-owner.md).
//
//                 +----------------- the connection is given up ----------------+
//                 v                        |               |                    |
//   idle     resting --> connecting --> comparing --> asking ---------------> proven
//     |    pause over, hurry  ^                           |                     |
//     +------- start ---------+                           |                     |
//                                                         +--> lost <-----------+
//
//   resting      between two connections
//   connecting   to the partition's leader
//   comparing    whether that leader has all that was read of the log
//   asking       the coordinator: to take over (the first time), to renew (what is under way is
//                undecided, or the brokers may have forgotten it), to prove (else)
//   proven       on this connection. May write, unless the marker of a new epoch is awaited (what
//                of an older epoch isn't in the log up to there never will be), or the lease of a
//                predecessor isn't over yet
//   lost         another instance has a newer epoch, for good, or until `take_over_again`
//
// A connection is used for batches only after ownership was proved on it: a broker closes what is
// idle long before it forgets an epoch, so an owner that was paused for hours is stopped there. And
// not after half of the time in which a broker forgets, whatever the connection looks like. A
// heartbeat (a marker of the same epoch) keeps the broker from forgetting.
//
// Pure: no I/O, no clock, no threads. Inputs take note; what is to be done is told by `take_action`,
// in order, so nothing is ever called inside a call. Times are the boot_clock's.

#include "protocol/core/ids.hpp"
#include "protocol/core/producer_identity.hpp"
#include "sync/fencing/boot_clock.hpp"
#include "sync/fencing/coordinator_dialogue.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace bkes::sync {

enum class fencing_phase : std::uint8_t {
    idle,
    resting,
    connecting,
    comparing,
    asking,
    proven,
    lost,
};

/// To be carried out in order.
enum class fencing_action : std::uint8_t {
    connect,             ///< then `connected` or `connect_failed`
    compare_logs,        ///< then `compared`
    ask_coordinator,     ///< carry out `dialogue`, then `coordinator_done`
    probe_leader,        ///< the connection's; then `probed`
    give_up_connection,  ///< nothing asked on it is heard any more; what is under way is unknown
    allow_writes,
    stop_writes,
    read_log_to_end,
    /// The log has been read up to the awaited marker: what is under way and wasn't found in it is
    /// not written, and never will be.
    nothing_else_is_written,
    proof_is_younger,  ///< see `proven_at`
    took_over,         ///< for the first time
    say_lost,          ///< to another instance
};

/// What a new leader says about the log that was read.
enum class log_agreement : std::uint8_t { agrees, lacks_some, no_answer };

enum class coordinator_outcome : std::uint8_t {
    reached,  ///< the dialogue's goal
    lost,     ///< to another instance, for good
    broken,   ///< the connection to the leader ended meanwhile
};

enum class probe_finding : std::uint8_t {
    owned,     ///< the leader knows our epoch and no newer one
    doubtful,  ///< it knows another epoch, or none: the coordinator has to be asked
    no_answer,
};

struct fencing_options {
    /// After so long without a batch or a marker a broker forgets an epoch
    /// (producer.id.expiration.ms).
    std::chrono::milliseconds producer_expiry = std::chrono::hours{24};
    std::chrono::milliseconds lease{1000};
};

class fencing {
  public:
    using time_point = boot_clock::time_point;

    explicit fencing(const fencing_options& settings) : settings_{settings} {}

    // ---- the connection

    void start();
    void connected();
    void connect_failed(time_point now);
    void compared(log_agreement found, time_point now);
    /// `is_log_empty`: nothing was ever read of the partition.
    void coordinator_done(coordinator_outcome outcome, bool is_log_empty, time_point now);
    /// `is_quiet`: with nothing under way.
    void connection_ended(bool is_quiet, time_point now);
    /// A batch's end is unknown, or it isn't written for now: it is sent again on a new connection.
    void attempt_failed(time_point now);
    /// Only the log can tell what became of what is under way.
    void undecided(time_point now);

    /// As `undecided`, for the next connection: the broker may have forgotten what it would
    /// recognise when it is sent again.
    void renew_next() { must_renew_ = true; }

    /// The partition has another leader, or the connection is of no use.
    void reconnect(time_point now);
    /// After the loss, if what is under way isn't decided: whoever took over may be gone before its
    /// marker, and then nobody writes one.
    void take_over_again();
    void stop();

    // ---- batches

    [[nodiscard]] bool may_write() const { return may_write_; }

    /// Asked before a batch goes out. False if the last proof is too old: the connection is given
    /// up, as the broker may have forgotten us.
    bool may_send(time_point now);

    /// What a broker remembers of a producer is as old as the newest record of its last batch. So
    /// an import of old events lets it forget epoch and sequences, at once.
    [[nodiscard]] bool is_forgettable(std::chrono::milliseconds newest_record_age) const {
        return newest_record_age > heartbeat_interval();
    }

    /// A batch sent at `sent_at` was acknowledged.
    void written(time_point sent_at, bool is_forgettable, time_point now);

    // ---- the log

    /// A control marker, in the order of the log.
    void marker_read(const producer_identity& marker, time_point now);
    /// What was read is stored, and what is under way was looked for in it.
    void log_stored(time_point now);
    /// An unclean election took the end of the log, maybe with our markers.
    void log_cut(time_point now);

    // ---- proofs

    /// Somebody needs a younger one.
    void want_proof();
    /// `asked_at`: before the question was sent, to the leader of the connection: another one may
    /// lack the marker of a newer owner, if it was elected uncleanly.
    void probed(probe_finding found, time_point asked_at, time_point now);

    /// An append waits: a pause after a quiet end is over.
    void hurry();
    /// Call it at `next_tick`, or any time.
    void tick(time_point now);
    [[nodiscard]] time_point next_tick() const;

    // ---- what is so

    [[nodiscard]] fencing_phase phase() const { return phase_; }

    /// The identity under which is written; none before the first take-over.
    [[nodiscard]] const std::optional<producer_identity>& owner() const { return dialogue_.held(); }

    /// Written by this instance since it started.
    [[nodiscard]] bool is_own(const producer_identity& writer) const;

    /// When the youngest proof of ownership was asked for.
    [[nodiscard]] time_point proven_at() const { return proven_at_; }

    /// Attempts in a row that came to nothing.
    [[nodiscard]] int failures() const { return failures_; }

    /// Its steps are carried out by whoever carries out `ask_coordinator`.
    [[nodiscard]] coordinator_dialogue& dialogue() { return dialogue_; }

    [[nodiscard]] std::optional<fencing_action> take_action();

    [[nodiscard]] bool has_action() const { return !actions_.empty(); }

  private:
    /// Or is about to have one.
    [[nodiscard]] bool has_connection() const {
        return phase_ == fencing_phase::connecting || phase_ == fencing_phase::comparing ||
               phase_ == fencing_phase::asking || phase_ == fencing_phase::proven;
    }

    void enter(fencing_phase next) { phase_ = next; }

    void say(fencing_action what) { actions_.push_back(what); }

    void ask(coordinator_dialogue::goal goal, time_point now);
    void prove(time_point now);
    void owned(bool is_log_empty, time_point now);
    void fenced_off(time_point now);
    void connect();
    void give_up();
    void rest(std::chrono::milliseconds pause, time_point now);
    void rest_after_failures(time_point now);
    [[nodiscard]] bool has_read_newer_marker() const;
    void decide_by_marker(time_point now);
    [[nodiscard]] bool waits_for_lease() const;
    void allow_when_due(time_point now);
    void proof_of(time_point asked_at);
    [[nodiscard]] std::chrono::milliseconds heartbeat_interval() const;
    [[nodiscard]] bool may_be_forgotten(time_point now) const;

    fencing_options settings_;
    coordinator_dialogue dialogue_;
    fencing_phase phase_ = fencing_phase::idle;
    bool is_asking_ = false;  ///< the dialogue is under way, for a phase or for a heartbeat
    bool is_probing_ = false;
    bool must_renew_ = false;     ///< what is under way is undecided, until a new epoch is taken
    bool rests_quietly_ = false;  ///< nothing had failed: an append ends the rest
    int failures_ = 0;
    int quiet_ends_ = 0;  ///< of young connections on which nothing was written
    time_point rests_until_{};
    time_point heartbeat_at_ = time_point::max();
    time_point asked_at_{};
    time_point proven_at_{};
    time_point refreshed_at_{};  ///< the broker's memory of our epoch is at least that young
    std::optional<producer_identity> first_owner_;  ///< of this producer id
    std::optional<producer_identity> awaited_marker_;
    std::optional<producer_identity> newest_marker_;  ///< of our producer id, read from the log
    /// The last marker of ours was read, and no leader lacked it since: nobody else can have proved
    /// anything.
    bool is_fence_read_ = false;
    bool may_write_ = false;
    time_point writes_from_ = time_point::max();  ///< a predecessor's lease is over
    std::deque<fencing_action> actions_;
};

}  // namespace bkes::sync
