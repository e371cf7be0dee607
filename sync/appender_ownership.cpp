// How the appender comes to a connection on which it may write: connecting, taking over, proving.

#include "protocol/core/assert.hpp"
#include "sync/appender.hpp"
#include "sync/leader_check.hpp"
#include "sync/link_errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds heartbeat_max = 6h;
constexpr std::chrono::milliseconds heartbeat_soon = 1s;
constexpr std::chrono::milliseconds quiet_pause_max = 1min;
constexpr auto overdue_after = 1s;  ///< then somebody else may lead the partition

std::chrono::milliseconds heartbeat_interval(std::chrono::milliseconds producer_expiry) {
    return std::min(heartbeat_max, producer_expiry / 4);
}

}  // namespace

void appender::start(const uuid& topic_id) {
    topic_id_ = topic_id;
    connect();
}

void appender::stop() {
    is_stopped_ = true;
    is_resting_ = false;
    timer_.cancel();
    heartbeat_.cancel();
    lose();
}

void appender::connect() {
    const auto leader = leader_.locate();
    if (!leader) {
        connection_failed(make_error_code(link_errc::no_leader));
        return;
    }
    lane_ = lanes_->to(*leader);
    const auto lane = lane_;  // may be given up inside
    lane->join(*this);
    lane->open([self = shared_from_this(), connection = connection_](std::error_code error) {
        if (self->connection_ != connection) {
            return;
        }
        if (error) {
            self->lose();
            self->connection_failed(error);
            return;
        }
        self->connected();
    });
}

void appender::connection_failed(std::error_code reason) {
    if (failures_++ == 0) {
        spdlog::warn("no connection to write topic={} partition={} reason=\"{}\"", settings_.topic,
                     settings_.partition.value(), reason.message());
    }
    retry_connect();
}

void appender::connected() {
    const auto& read = events_.position_read();
    check_leader(*lane_->link(),
                 {.topic = settings_.topic,
                  .partition = settings_.partition,
                  .leader = leader_.epoch(),
                  .last_read = read.epoch,
                  .next_offset = read.next_offset},
                 [self = shared_from_this(), connection = connection_](result<bool> agrees) {
                     if (self->connection_ != connection) {
                         return;
                     }
                     if (agrees && *agrees) {
                         self->take_ownership();
                         return;
                     }
                     self->lose();
                     if (agrees) {
                         self->events_.leader_disagrees();
                     }
                     self->retry_connect();
                 });
}

void appender::take_ownership() {
    const auto goal = !first_owner_   ? identity::goal::take_over
                      : is_undecided_ ? identity::goal::renew
                                      : identity::goal::prove;
    ownership_->run(goal, lane_->link(),
                    [self = shared_from_this(), goal,
                     asked_at = boot_clock::now()](result<ownership_outcome> outcome) {
                        if (!outcome) {
                            self->lose();
                            self->retry_connect();
                        } else if (*outcome == ownership_outcome::lost) {
                            self->fenced_off();
                        } else {
                            self->owned(goal, asked_at);
                        }
                    });
}

void appender::owned(identity::goal how, boot_clock::time_point asked_at) {
    is_proven_ = true;
    proven_at_ = std::max(proven_at_, asked_at);
    heartbeat_after(heartbeat_interval(settings_.producer_expiry));
    if (how != identity::goal::prove) {
        const auto held = *owner();
        spdlog::debug("epoch taken topic={} partition={} producer={} epoch={}", settings_.topic,
                      settings_.partition.value(), held.producer.value(), held.epoch.value());
        // A transactional id whose epochs are used up gets another producer id.
        if (!first_owner_ || first_owner_->producer != held.producer) {
            first_owner_ = held;
        }
        is_undecided_ = false;
        is_awaiting_barrier_ = true;
        next_sequence_ = sequence_number{0};
        events_.barrier_written(held);
    }
    events_.ownership_proven(asked_at);
    if (!is_awaiting_barrier_ && is_proven_ && !is_ready_) {
        become_ready();
    }
}

void appender::barrier_read() {
    BKES_ASSERT(in_flight_.empty());
    is_awaiting_barrier_ = false;
    if (is_proven_ && !is_ready_) {
        become_ready();
    }
}

void appender::look_after() {
    const bool is_overdue =
        !in_flight_.empty() && boot_clock::now() - in_flight_.front().sent_at > overdue_after;
    if (lane_ && (is_overdue || !is_ready_)) {
        leader_.refresh();
    }
    if (lane_ && leader_.is_elsewhere()) {
        spdlog::info("leader moved, appends follow topic={} partition={}", settings_.topic,
                     settings_.partition.value());
        reconnect();
    }
}

void appender::reconnect() {
    if (lane_) {
        lose();
        retry_connect();
    }
}

void appender::renew() {
    is_undecided_ = true;
    reconnect();
}

void appender::fenced_off() {
    const auto ours = owner();
    stop();
    events_.ownership_lost(ours);
}

void appender::become_ready() {
    is_ready_ = true;
    events_.appender_ready();
}

/// Doubles from 100 ms to a second.
void appender::retry_connect() {
    if (is_stopped_) {
        return;
    }
    connect_after(std::min(50ms * (1 << std::min(failures_, 5)), 1000ms));
}

void appender::connect_after(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait(
        [self = shared_from_this(), connection = connection_](boost::system::error_code error) {
            if (!error && !self->is_stopped_ && !self->lane_ && self->connection_ == connection) {
                self->is_resting_ = false;
                self->connect();
            }
        });
}

/// The next append should find a connection, so it is made now. But each one costs a marker in the
/// log: if somebody ends quiet connections again and again, the pauses grow, until an append waits.
void appender::lane_ended() {
    const bool was_quiet = is_ready_ && in_flight_.empty();
    lose();
    if (!was_quiet) {
        ++failures_;
        retry_connect();
        return;
    }
    if (boot_clock::now() - proven_at_ > quiet_pause_max) {
        quiet_ends_ = 0;
    }
    const auto pause = std::min(50ms * (1 << std::min(quiet_ends_++, 12)), quiet_pause_max);
    spdlog::debug("a quiet connection ended, another one is made topic={} partition={} pause_ms={}",
                  settings_.topic, settings_.partition.value(), pause.count());
    is_resting_ = true;
    connect_after(pause);
}

void appender::hurry() {
    if (std::exchange(is_resting_, false)) {
        timer_.cancel();
        connect();
    }
}

/// Gives the connection up. What is under way on it is unknown from now on.
void appender::lose() {
    ++connection_;
    if (lane_) {
        lane_->leave(*this);
        lane_ = nullptr;
    }
    ownership_->cancel();
    is_proven_ = false;
    is_refusing_ = false;
    for (auto& batch : in_flight_) {
        if (batch.attempts > 0) {
            batch.earlier = earlier_attempts::may_be_written;
        }
    }
    leader_.refresh();
    if (std::exchange(is_ready_, false)) {
        events_.appender_lost();
    }
}

void appender::prove() {
    hurry();
    if (!is_proven_ || ownership_->is_running()) {
        return;  // it is being proved, or will be on the next connection
    }
    ownership_->run(identity::goal::prove, lane_->link(),
                    [self = shared_from_this(),
                     asked_at = boot_clock::now()](result<ownership_outcome> outcome) {
                        if (!outcome) {
                            self->heartbeat_after(heartbeat_soon);
                        } else if (*outcome == ownership_outcome::lost) {
                            self->fenced_off();
                        } else {
                            self->owned(identity::goal::prove, asked_at);
                        }
                    });
}

void appender::heartbeat_after(std::chrono::milliseconds pause) {
    heartbeat_.expires_after(pause);
    heartbeat_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && !self->is_stopped_) {
            self->prove();
        }
    });
}

bool appender::is_proof_too_old() const {
    return boot_clock::now() - proven_at_ > 2 * heartbeat_interval(settings_.producer_expiry);
}

/// What a broker remembers of a producer is as old as the newest record of its last batch, so an
/// import of old events would let it forget the epoch at once. A marker is as young as the clock.
void appender::keep_alive(const flying_batch& written, std::int64_t log_append_time_ms) {
    const std::chrono::milliseconds now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto newest = std::chrono::milliseconds{written.newest_record_ms};
    const bool is_old =
        log_append_time_ms < 0 && now - newest > heartbeat_interval(settings_.producer_expiry);
    if (is_old && heartbeat_.expiry() - std::chrono::steady_clock::now() > heartbeat_soon) {
        heartbeat_after(std::min(heartbeat_soon, settings_.producer_expiry / 8));
    }
}

}  // namespace bkes::sync
