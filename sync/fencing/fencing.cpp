#include "sync/fencing/fencing.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using goal = coordinator_dialogue::goal;

constexpr std::chrono::milliseconds heartbeat_max = 6h;
constexpr std::chrono::milliseconds heartbeat_soon = 1s;
constexpr std::chrono::milliseconds pause_min = 50ms;
constexpr std::chrono::milliseconds pause_max = 1s;
constexpr std::chrono::milliseconds quiet_pause_max = 1min;

std::chrono::milliseconds doubled(int times, std::chrono::milliseconds most) {
    return std::min(pause_min * (1 << std::min(times, 12)), most);
}

}  // namespace

std::optional<fencing_action> fencing::take_action() {
    if (actions_.empty()) {
        return std::nullopt;
    }
    const auto next = actions_.front();
    actions_.pop_front();
    return next;
}

// ---- the connection

void fencing::start() {
    if (phase_ == fencing_phase::idle) {
        connect();
    }
}

void fencing::connected() {
    if (phase_ == fencing_phase::connecting) {
        enter(fencing_phase::comparing);
        say(fencing_action::compare_logs);
    }
}

void fencing::connect_failed(time_point now) {
    if (phase_ == fencing_phase::connecting) {
        attempt_failed(now);
    }
}

void fencing::compared(log_agreement found, time_point now) {
    if (phase_ != fencing_phase::comparing) {
        return;
    }
    if (found != log_agreement::agrees) {
        give_up();
        if (found == log_agreement::lacks_some) {
            say(fencing_action::read_log_to_end);
        }
        rest_after_failures(now);
        return;
    }
    enter(fencing_phase::asking);
    // What a broker has forgotten it doesn't recognise when it is sent again.
    must_renew_ = must_renew_ || may_be_forgotten(now);
    ask(!first_owner_ ? goal::take_over : must_renew_ ? goal::renew : goal::prove, now);
}

void fencing::ask(goal what, time_point now) {
    is_asking_ = true;
    asked_at_ = now;
    dialogue_.begin(what);
    say(fencing_action::ask_coordinator);
}

void fencing::coordinator_done(coordinator_outcome outcome, bool is_log_empty, time_point now) {
    if (!std::exchange(is_asking_, false)) {
        return;
    }
    switch (outcome) {
        case coordinator_outcome::reached:
            owned(is_log_empty, now);
            return;
        case coordinator_outcome::lost:
            fenced_off(now);
            return;
        case coordinator_outcome::broken:
            if (phase_ == fencing_phase::asking) {
                give_up();
                rest_after_failures(now);
            } else {
                heartbeat_at_ = now + heartbeat_soon;
            }
            return;
    }
}

void fencing::owned(bool is_log_empty, time_point now) {
    const auto held = *owner();
    proof_of(asked_at_);
    refreshed_at_ = std::max(refreshed_at_, asked_at_);
    heartbeat_at_ = now + heartbeat_interval();
    const bool is_first_time = !first_owner_;
    if (dialogue_.wanted() != goal::prove) {
        // A transactional id whose epochs are used up gets another producer id.
        if (!first_owner_ || first_owner_->producer != held.producer) {
            first_owner_ = held;
        }
        must_renew_ = false;
        awaited_marker_ = held;
        say(fencing_action::read_log_to_end);
    }
    if (is_first_time) {
        say(fencing_action::took_over);
    }
    if (!is_fence_read_) {
        // A predecessor may still answer until its lease is over, unless there was none. So it may
        // after an unclean election that took our marker along.
        const bool has_predecessor =
            !is_first_time || held.epoch > producer_epoch{0} || !is_log_empty;
        writes_from_ = has_predecessor ? now + settings_.lease : now;
    }
    enter(fencing_phase::proven);
    decide_by_marker(now);
    allow_when_due(now);
    if (has_read_newer_marker()) {  // while the answer was on its way
        prove(now);
    }
}

/// Nothing but a predecessor's lease keeps it from writing.
bool fencing::waits_for_lease() const {
    return phase_ == fencing_phase::proven && !may_write_ && !awaited_marker_ &&
           !has_read_newer_marker();
}

void fencing::allow_when_due(time_point now) {
    if (waits_for_lease() && now >= writes_from_) {
        may_write_ = true;
        say(fencing_action::allow_writes);
    }
}

/// Another instance has a newer epoch. What is under way is decided when its marker is read.
void fencing::fenced_off(time_point now) {
    give_up();
    enter(fencing_phase::lost);
    if (const auto& ours = owner()) {
        awaited_marker_ = producer_identity{.producer = ours->producer,
                                            .epoch = coordinator_dialogue::fenced_from(*ours)};
    }
    say(fencing_action::say_lost);
    say(fencing_action::read_log_to_end);
    decide_by_marker(now);
}

/// The next append should find a connection, so it is made now. But each one costs a marker in the
/// log: if somebody ends quiet connections again and again, the pauses grow, until an append waits.
void fencing::connection_ended(bool is_quiet, time_point now) {
    if (!has_connection()) {
        return;
    }
    if (!is_quiet || !may_write_) {
        attempt_failed(now);
        return;
    }
    give_up();
    if (now - refreshed_at_ > quiet_pause_max) {
        quiet_ends_ = 0;
    }
    rest(doubled(quiet_ends_++, quiet_pause_max), now);
    rests_quietly_ = true;
}

void fencing::attempt_failed(time_point now) {
    if (phase_ == fencing_phase::idle || phase_ == fencing_phase::lost) {
        return;
    }
    ++failures_;
    give_up();
    rest_after_failures(now);
}

void fencing::undecided(time_point now) {
    must_renew_ = true;
    reconnect(now);
}

void fencing::reconnect(time_point now) {
    if (has_connection()) {
        give_up();
        rest_after_failures(now);
    }
}

void fencing::take_over_again() {
    if (phase_ == fencing_phase::lost && awaited_marker_) {
        first_owner_.reset();
        is_fence_read_ = false;
        connect();
    }
}

void fencing::stop() {
    if (phase_ != fencing_phase::lost) {
        give_up();
        enter(fencing_phase::idle);
    }
}

/// What is under way is unknown from now on.
void fencing::give_up() {
    const bool had_connection = has_connection();
    is_asking_ = false;
    heartbeat_at_ = time_point::max();
    enter(fencing_phase::resting);
    rests_until_ = time_point::max();
    if (had_connection) {
        say(fencing_action::give_up_connection);
    }
    if (std::exchange(may_write_, false)) {
        say(fencing_action::stop_writes);
    }
}

void fencing::rest(std::chrono::milliseconds pause, time_point now) {
    enter(fencing_phase::resting);
    rests_quietly_ = false;
    rests_until_ = now + pause;
}

void fencing::rest_after_failures(time_point now) {
    rest(doubled(failures_, pause_max), now);
}

// ---- batches

bool fencing::may_send(time_point now) {
    if (!may_write_) {
        return false;
    }
    if (!may_be_forgotten(now)) {
        return true;
    }
    reconnect(now);
    return false;
}

/// Half of the time in which a broker forgets is over since it heard of our epoch.
bool fencing::may_be_forgotten(time_point now) const {
    return now - refreshed_at_ > 2 * heartbeat_interval();
}

void fencing::written(time_point sent_at, bool is_forgettable, time_point now) {
    failures_ = 0;
    quiet_ends_ = 0;
    proven_at_ = std::max(proven_at_, sent_at);
    refreshed_at_ = std::max(refreshed_at_, sent_at);
    if (is_forgettable) {
        heartbeat_at_ =
            std::min(heartbeat_at_, now + std::min(heartbeat_soon, settings_.producer_expiry / 8));
    }
}

std::chrono::milliseconds fencing::heartbeat_interval() const {
    return std::min(heartbeat_max, settings_.producer_expiry / 4);
}

// ---- the log

/// Markers of our own transactional id: our barriers, and those of whoever takes over from us.
void fencing::marker_read(const producer_identity& marker, time_point now) {
    const auto& ours = owner();
    if (!ours || marker.producer != ours->producer) {
        return;
    }
    newest_marker_ = marker;
    if (has_read_newer_marker()) {
        prove(now);
    }
}

bool fencing::has_read_newer_marker() const {
    return newest_marker_ && newest_marker_->producer == owner()->producer &&
           newest_marker_->epoch > owner()->epoch;
}

void fencing::log_stored(time_point now) {
    decide_by_marker(now);
}

/// The store holds the log up to the awaited marker: what of an older epoch isn't in it will never
/// be.
void fencing::decide_by_marker(time_point now) {
    const bool is_read = awaited_marker_ && newest_marker_ &&
                         newest_marker_->producer == awaited_marker_->producer &&
                         newest_marker_->epoch >= awaited_marker_->epoch;
    if (!is_read) {
        return;
    }
    awaited_marker_.reset();
    is_fence_read_ = true;
    say(fencing_action::nothing_else_is_written);
    allow_when_due(now);
}

/// The barriers behind the cut are gone as well, so there is to be a new one, at the leader that
/// was elected.
void fencing::log_cut(time_point now) {
    newest_marker_.reset();
    is_fence_read_ = false;
    undecided(now);
}

// ---- proofs

void fencing::want_proof() {
    if (phase_ != fencing_phase::proven) {  // the next connection brings one
        hurry();
    } else if (!std::exchange(is_probing_, true)) {
        say(fencing_action::probe_leader);
    }
}

void fencing::proof_of(time_point asked_at) {
    proven_at_ = std::max(proven_at_, asked_at);
    say(fencing_action::proof_is_younger);
}

void fencing::probed(probe_finding found, time_point asked_at, time_point now) {
    is_probing_ = false;
    if (found == probe_finding::owned) {
        proof_of(asked_at);
    } else if (found == probe_finding::doubtful) {
        prove(now);
    }
}

/// Nothing if it is being proved, or will be on the next connection.
void fencing::prove(time_point now) {
    hurry();
    if (phase_ == fencing_phase::proven && !is_asking_) {
        ask(goal::prove, now);
    }
}

void fencing::hurry() {
    if (phase_ == fencing_phase::resting && rests_quietly_) {
        connect();
    }
}

void fencing::connect() {
    rests_quietly_ = false;
    enter(fencing_phase::connecting);
    say(fencing_action::connect);
}

void fencing::tick(time_point now) {
    if (phase_ == fencing_phase::resting && now >= rests_until_) {
        connect();
    }
    if (phase_ == fencing_phase::proven && now >= heartbeat_at_) {
        heartbeat_at_ = time_point::max();
        prove(now);
    }
    allow_when_due(now);
}

fencing::time_point fencing::next_tick() const {
    switch (phase_) {
        case fencing_phase::resting:
            return rests_until_;
        case fencing_phase::proven:
            return waits_for_lease() ? std::min(heartbeat_at_, writes_from_) : heartbeat_at_;
        default:
            return time_point::max();
    }
}

bool fencing::is_own(const producer_identity& writer) const {
    return first_owner_ && writer.producer == owner()->producer &&
           writer.epoch >= first_owner_->epoch && writer.epoch <= owner()->epoch;
}

}  // namespace bkes::sync
