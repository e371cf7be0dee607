// Carries out what `fencing` wants: connects, asks, waits, and tells the partition_log.

#include "sync/append/appender.hpp"
#include "sync/broker/leader_check.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto overdue_after = 1s;  ///< then somebody else may lead the partition

}  // namespace

/// Only from the thread's own callbacks, so that no event comes inside a call of partition_log.
void appender::turn() {
    if (is_turning_) {
        return;  // an input from inside an event: the loop below goes on with it
    }
    is_turning_ = true;
    const auto self = shared_from_this();
    while (const auto what = fencing_.take_action()) {
        carry_out(*what);
    }
    is_turning_ = false;
    set_timer();
}

void appender::turn_soon() {
    if (is_turning_ || !fencing_.has_action() || std::exchange(is_turn_posted_, true)) {
        return;
    }
    boost::asio::post(timer_.get_executor(), [self = shared_from_this()] {
        self->is_turn_posted_ = false;
        self->turn();
    });
}

void appender::carry_out(fencing_action what) {
    if (is_stopped_ && what != fencing_action::give_up_connection) {
        return;
    }
    switch (what) {
        case fencing_action::connect:
            return connect();
        case fencing_action::compare_logs:
            return compare_logs();
        case fencing_action::ask_coordinator:
            return ask_coordinator();
        case fencing_action::probe_leader:
            return probe_leader();
        case fencing_action::give_up_connection:
            return give_up_connection();
        case fencing_action::allow_writes:
            return events_.writes_allowed();
        case fencing_action::stop_writes:
            return events_.writes_stopped();
        case fencing_action::read_log_to_end:
            return events_.log_is_wanted();
        case fencing_action::nothing_else_is_written:
            return nothing_else_is_written();
        case fencing_action::proof_is_younger:
            return events_.ownership_proven(fencing_.proven_at());
        case fencing_action::took_over:
            return events_.took_over();
        case fencing_action::say_lost:
            return events_.ownership_lost();
    }
}

void appender::start(const uuid& topic_id) {
    topic_id_ = topic_id;
    fencing_.start();
    turn_soon();
}

void appender::take_over_again() {
    fencing_.take_over_again();
    turn_soon();
}

void appender::stop() {
    is_stopped_ = true;
    timer_.cancel();
    fencing_.stop();
    while (const auto what = fencing_.take_action()) {
        carry_out(*what);
    }
}

void appender::connect() {
    const auto leader = leader_.locate();
    if (!leader) {
        connect_failed(make_error_code(link_errc::no_leader));
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
            self->connect_failed(error);
        } else {
            self->fencing_.connected();
        }
        self->turn();
    });
}

void appender::connect_failed(std::error_code reason) {
    if (fencing_.failures() == 0) {
        sync_log().warn("no connection to write topic={} partition={} reason=\"{}\"",
                        settings_.topic, settings_.partition.value(), reason.message());
    }
    fencing_.connect_failed(settings_.now());
}

void appender::compare_logs() {
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
                     const auto found = !agrees   ? log_agreement::no_answer
                                        : *agrees ? log_agreement::agrees
                                                  : log_agreement::lacks_some;
                     self->fencing_.compared(found, self->settings_.now());
                     self->turn();
                 });
}

void appender::ask_coordinator() {
    coordinator_->run(lane_->link(), [self = shared_from_this(),
                                      connection = connection_](coordinator_outcome outcome) {
        if (self->connection_ != connection) {
            return;
        }
        const bool is_log_empty = self->events_.position_read().next_offset == log_offset{0};
        self->fencing_.coordinator_done(outcome, is_log_empty, self->settings_.now());
        self->turn();
    });
}

void appender::probe_leader() {
    probe_->ask(
        {.topic = settings_.topic,
         .partition = settings_.partition,
         .leader = leader_.epoch(),
         .held = *owner(),
         .done = [self = shared_from_this()](probe_finding found, boot_clock::time_point asked_at) {
             boost::asio::post(self->timer_.get_executor(), [self, found, asked_at] {
                 self->fencing_.probed(found, asked_at, self->settings_.now());
                 self->turn();
             });
         }});
}

/// What is under way on it is unknown from now on.
void appender::give_up_connection() {
    ++connection_;
    if (lane_) {
        lane_->leave(*this);
        lane_ = nullptr;
    }
    coordinator_->cancel();
    if (under_way_.connection_lost()) {
        fencing_.renew_next();
    }
    leader_.refresh();
}

void appender::nothing_else_is_written() {
    const auto lost = under_way_.ids();
    for (const auto id : lost) {
        under_way_.decided(id);
    }
    under_way_.begin_epoch();
    events_.not_written(lost);
}

/// The deadline is the boot_clock's; a suspended machine's is noticed by `look_after`.
void appender::set_timer() {
    const auto deadline = is_stopped_ ? boot_clock::time_point::max() : fencing_.next_tick();
    if (deadline == std::exchange(timer_set_for_, deadline)) {
        return;
    }
    timer_.cancel();
    if (deadline == boot_clock::time_point::max()) {
        return;
    }
    const auto now = settings_.now();
    timer_.expires_after(deadline > now ? deadline - now : 0ns);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && !self->is_stopped_) {
            self->timer_set_for_ = boot_clock::time_point::max();
            self->fencing_.tick(self->settings_.now());
            self->turn();
        }
    });
}

void appender::lane_ended() {
    const bool is_quiet = under_way_.empty();
    sync_log().debug("the connection to write ended topic={} partition={} quiet={}",
                     settings_.topic, settings_.partition.value(), is_quiet);
    fencing_.connection_ended(is_quiet, settings_.now());
    turn();
}

void appender::look_after() {
    const auto now = settings_.now();
    fencing_.tick(now);
    const bool is_overdue =
        !under_way_.empty() && now - under_way_.oldest().sent_at > overdue_after;
    if (lane_ && (is_overdue || !may_write())) {
        leader_.refresh();
    }
    if (lane_ && leader_.is_elsewhere()) {
        sync_log().info("leader moved, appends follow topic={} partition={} broker={}",
                        settings_.topic, settings_.partition.value(), leader_.now().value());
        fencing_.reconnect(now);
    }
    turn_soon();
}

void appender::marker_read(const producer_identity& marker) {
    fencing_.marker_read(marker, settings_.now());
    turn_soon();
}

void appender::log_stored(log_offset next_offset) {
    under_way_.stored(next_offset);
    fencing_.log_stored(settings_.now());
    turn_soon();
}

void appender::log_cut(log_offset end) {
    under_way_.cut(end);
    fencing_.log_cut(settings_.now());
    turn_soon();
}

void appender::want_proof() {
    fencing_.want_proof();
    turn_soon();
}

void appender::hurry() {
    fencing_.hurry();
    turn_soon();
}

}  // namespace bkes::sync
