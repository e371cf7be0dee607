#include "sync/log/log_tail.hpp"

#include "protocol/kafka_error.hpp"
#include "store/errors.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/types/log.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// While an answer may come in any moment the log isn't polled: acknowledgements show gaps.
constexpr auto quiet_before_poll = 300ms;
/// How long a broker may keep a question when nothing comes. Each partition asks by itself, so the
/// quiet ones ask less and less often; what does come is answered at once.
constexpr auto poll_wait = 500ms;
constexpr auto poll_wait_max = 2000ms;
constexpr auto retry_max = 1000ms;
constexpr auto drop_pause = 10s;
/// A busy store is asked again after this; when it stays busy for long, what it lacks is waited
/// for.
constexpr auto busy_pause = 20ms;
constexpr auto busy_max = 1000ms;
/// Others may write faster than bkes reads; reads by key wait when that many records are missing.
constexpr std::int64_t far_behind = 20'000;

}  // namespace

log_tail::log_tail(boost::asio::io_context& context, store_worker& worker, cluster_view& view,
                   partition_index& index, const event_decoder& decoder, tail_events& events,
                   options settings)
    : context_{context},
      worker_{worker},
      index_{index},
      decoder_{decoder},
      events_{events},
      settings_{std::move(settings)},
      reader_{std::make_shared<log_reader>(context, view,
                                           log_reader::options{.topic = settings_.topic,
                                                               .partition = settings_.partition,
                                                               .client_id = settings_.client_id,
                                                               .keep_alive = settings_.keep_alive,
                                                               .security = settings_.security})},
      busy_pause_{context},
      quiet_wait_{poll_wait} {}

void log_tail::start() {
    read_now(0ms);
}

void log_tail::stop() {
    is_stopped_ = true;
    busy_pause_.cancel();
    reader_->drop_link();
}

void log_tail::want(log_offset until) {
    wanted_ = std::max(wanted_, until);
    read_now(poll_wait);
}

void log_tail::read_to_end() {
    is_end_wanted_ = true;
    is_end_asked_ = false;
    read_now(0ms);
}

void log_tail::tick(steady_clock::time_point now) {
    if (reader_->is_elsewhere()) {
        reader_->drop_link();
    }
    if (is_reading_ || is_stopped_ || now < not_before_) {
        return;
    }
    if (is_wanted()) {
        read_now(is_end_wanted_ ? 0ms : poll_wait);
    } else if (now - last_moved_ >= quiet_before_poll) {
        read_now(quiet_wait_);
    }
}

bool log_tail::is_wanted() const {
    return !is_caught_up_ || is_undecided_ || is_end_wanted_ ||
           index_.position().next_offset < wanted_;
}

void log_tail::read_now(std::chrono::milliseconds max_wait) {
    if (is_reading_ || is_stopped_ || steady_clock::now() < not_before_) {
        return;
    }
    is_reading_ = true;
    is_end_asked_ = is_end_wanted_;
    const auto& position = index_.position();
    reader_->fetch({.topic_id = position.topic_id,
                    .next_offset = position.next_offset,
                    .epoch = position.epoch},
                   max_wait, [self = shared_from_this()](result<fetched_partition> answer) {
                       self->is_reading_ = false;
                       if (!self->is_stopped_) {
                           self->fetched(std::move(answer));
                       }
                   });
}

void log_tail::fetched(result<fetched_partition> answer) {
    if (!answer) {
        retry_later(answer.error());
        return;
    }
    if (answer->error_code != 0) {
        refused(answer->error_code);
        return;
    }
    failures_ = 0;
    if (answer->diverging) {
        cut(*answer->diverging);
        return;
    }
    look_at_bounds(*answer);
    take(std::move(answer->log));
}

void log_tail::take(fetched_log log) {
    const bool was_empty = log.next_offset <= index_.position().next_offset;
    if (!was_empty) {
        const auto done = store_log(log);
        if (!done && done.error() == store::store_errc::busy) {
            take_soon(std::move(log));
            return;
        }
        note_busy_end();
        if (!done) {
            store_failed(done.error());
        }
    }
    if (!is_stopped_ && steady_clock::now() >= not_before_) {
        go_on(was_empty);
    }
}

/// What was read is kept meanwhile. A pause as short as this is no reason to hold reads: whoever
/// appended has no answer yet.
void log_tail::take_soon(fetched_log log) {
    const auto now = steady_clock::now();
    if (!busy_since_) {
        busy_since_ = now;
        sync_log().info("store is busy, the log waits topic={} partition={}", settings_.topic,
                        settings_.partition.value());
    } else if (now - *busy_since_ > busy_max) {
        set_caught_up(false);
    }
    for (auto& batch : log.batches) {
        protocol::keep_bytes(batch.content);  // the answer's go when the link reads on
    }
    is_reading_ = true;
    busy_pause_.expires_after(busy_pause);
    busy_pause_.async_wait(
        [self = shared_from_this(), log = std::move(log)](boost::system::error_code) mutable {
            self->is_reading_ = false;
            if (!self->is_stopped_) {
                self->take(std::move(log));
            }
        });
}

void log_tail::note_busy_end() {
    if (const auto since = std::exchange(busy_since_, std::nullopt)) {
        sync_log().info(
            "store isn't busy any more topic={} partition={} after_ms={}", settings_.topic,
            settings_.partition.value(),
            std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - *since)
                .count());
    }
}

void log_tail::refused(std::int16_t error_code) {
    if (error_code == static_cast<std::int16_t>(protocol::kafka_error::offset_out_of_range)) {
        find_way_back();
        return;
    }
    if (failures_ == 0) {
        sync_log().info("log can't be read now topic={} partition={} reason={}", settings_.topic,
                        settings_.partition.value(),
                        protocol::name_of(static_cast<protocol::kafka_error>(error_code)));
    }
    ++failures_;
    reader_->drop_link();
    not_before_ = steady_clock::now() + std::min(50ms * (1 << std::min(failures_, 5)), 1000ms);
}

void log_tail::retry_later(std::error_code reason) {
    if (failures_++ == 0) {
        sync_log().info("log can't be read now topic={} partition={} reason=\"{}\"",
                        settings_.topic, settings_.partition.value(), reason.message());
    }
    reader_->drop_link();
    not_before_ = steady_clock::now() + std::min(50ms * (1 << std::min(failures_, 5)), retry_max);
}

void log_tail::look_at_bounds(const fetched_partition& partition) {
    high_watermark_ = partition.high_watermark;
    last_stable_ = partition.last_stable.value() < 0 ? high_watermark_ : partition.last_stable;
    end_seen_.store(high_watermark_.value(), std::memory_order_relaxed);
    log_start_ = std::max(log_start_, partition.log_start);
    drop_front();
    if (last_stable_ < high_watermark_) {
        set_undecided(true);
    }
}

void log_tail::set_undecided(bool is_undecided) {
    if (is_undecided != is_undecided_) {
        is_undecided_ = is_undecided;
        sync_log().debug("{} topic={} partition={} last_stable_offset={} high_watermark={}",
                         is_undecided ? "transaction of another application is open"
                                      : "no transaction of another application is open",
                         settings_.topic, settings_.partition.value(), last_stable_.value(),
                         high_watermark_.value());
        events_.tail_changed();
    }
}

result<void> log_tail::store_log(const fetched_log& log) {
    const auto from = index_.position().next_offset;
    events_buffer_.clear();
    for (const auto& batch : log.batches) {
        if (batch.counts) {
            append_events(batch.content, from, decoder_, events_buffer_);
        }
    }
    events_.about_to_store(log);
    if (auto done = index_.apply(events_buffer_, log.next_offset, log.last_epoch); !done) {
        return done;
    }
    last_moved_ = steady_clock::now();
    events_.stored();
    return {};
}

/// After each fetch: what is to be read next?
void log_tail::go_on(bool was_empty) {
    quiet_wait_ =
        was_empty ? std::min<std::chrono::milliseconds>(2 * quiet_wait_, poll_wait_max) : poll_wait;
    const auto position = index_.position().next_offset;
    if (position < last_stable_) {
        set_caught_up(is_caught_up_ && last_stable_ - position <= far_behind);
        read_now(0ms);
        return;
    }
    // Only now: what the transaction wrote is in the store, and what was held is judged by it.
    set_undecided(last_stable_ < high_watermark_);
    set_caught_up(true);
    if (is_end_asked_ && !is_undecided_) {
        is_end_wanted_ = false;
    }
    if (is_end_wanted_ || position < wanted_ || (!was_empty && is_undecided_)) {
        read_now(is_end_wanted_ && !is_undecided_ ? 0ms : poll_wait);
    }
}

void log_tail::set_caught_up(bool is_caught_up) {
    if (is_caught_up != is_caught_up_) {
        is_caught_up_ = is_caught_up;
        events_.tail_changed();
    }
}

/// The leader's log ends, for the epoch asked, below the position. If it knows our epoch, its end
/// is the point that agrees; if it answers with an older one, what we read was written by a leader
/// whose log is gone, and how much of it can't be told.
void log_tail::cut(const divergence& where) {
    set_caught_up(false);
    if (where.epoch != index_.position().epoch) {
        begin_again("the log was replaced after an unclean leader election");
        return;
    }
    sync_log().warn(
        "log was cut, the store goes back topic={} partition={} from_offset={} to_offset={}",
        settings_.topic, settings_.partition.value(), index_.position().next_offset.value(),
        where.end.value());
    events_.goes_back(rebuild_cause::log_was_cut);
    go_back_to(
        index_.position_at(where.end, where.epoch),
        [](partition_index& index, const store::log_position& end) { return index.truncate(end); });
}

/// OFFSET_OUT_OF_RANGE: retention passed the position, or the log is shorter than it was.
void log_tail::find_way_back() {
    set_caught_up(false);
    is_reading_ = true;
    reader_->find_bounds([self = shared_from_this()](result<log_bounds> bounds) {
        self->is_reading_ = false;
        if (self->is_stopped_) {
            return;
        }
        if (!bounds) {
            self->retry_later(bounds.error());
            return;
        }
        const auto position = self->index_.position().next_offset;
        if (position < bounds->start) {
            sync_log().warn(
                "log begins behind the store's position topic={} partition={} position={} "
                "log_start={}",
                self->settings_.topic, self->settings_.partition.value(), position.value(),
                bounds->start.value());
            self->log_start_ = bounds->start;
            if (const auto begun = self->index_.begin_at(bounds->start); !begun) {
                self->store_failed(begun.error());
                return;
            }
            self->drop_front();
            self->events_.stored();
        } else if (position > bounds->end) {
            self->begin_again("the log is shorter than what was read of it");
        } else {  // the bounds of a moment later
            self->retry_later(make_error_code(link_errc::broker_error));
            return;
        }
        self->read_now(0ms);
    });
}

void log_tail::begin_again(const char* reason) {
    sync_log().warn(
        "store of a partition is built again topic={} partition={} cause={} reason=\"{}\"",
        settings_.topic, settings_.partition.value(), name_of(rebuild_cause::log_was_replaced),
        reason);
    events_.goes_back(rebuild_cause::log_was_replaced);
    go_back_to(index_.position_at(log_offset{0}, unknown_leader_epoch),
               [](partition_index& index, const store::log_position& /*start*/) {
                   return index.forget();
               });
}

/// Nothing is read until the store has gone back; appends and reads wait, as the tail isn't caught
/// up.
void log_tail::go_back_to(const store::log_position& position,
                          result<void> (*take_away)(partition_index&, const store::log_position&)) {
    is_reading_ = true;
    worker_.run(
        context_, [&index = index_, position, take_away] { return take_away(index, position); },
        [self = shared_from_this(), position](result<void> done) {
            self->is_reading_ = false;
            if (self->is_stopped_) {
                return;
            }
            if (!done) {
                self->store_failed(done.error());
                return;
            }
            self->index_.moved_to(position);
            self->events_.log_cut(position.next_offset);
            self->events_.stored();
            self->read_now(0ms);
        });
}

/// Meanwhile the partition goes on: what is still there below the log's start is right, only gone
/// from the log.
void log_tail::drop_front() {
    if (is_dropping_ || log_start_ <= dropped_to_ || steady_clock::now() < drop_not_before_) {
        return;
    }
    is_dropping_ = true;
    worker_.run(
        context_,
        [&index = index_, log_start = log_start_] { return index.drop_before(log_start); },
        [self = shared_from_this(), log_start = log_start_](result<void> dropped) {
            self->is_dropping_ = false;
            if (self->is_stopped_) {
                return;
            }
            if (!dropped) {
                // Nothing is judged by what stays there: a fetch after that brings it up again.
                sync_log().error(
                    "store can't drop what the log has dropped topic={} partition={} "
                    "log_start={} reason=\"{}\"",
                    self->settings_.topic, self->settings_.partition.value(), log_start.value(),
                    dropped.error().message());
                self->drop_not_before_ = steady_clock::now() + drop_pause;
                return;
            }
            self->dropped_to_ = log_start;
            self->drop_front();
        });
}

/// Disk full and the like. Nothing is lost: the log has it, and it is read again.
void log_tail::store_failed(std::error_code error) {
    if (failures_++ == 0) {
        sync_log().error("store can't be written topic={} partition={} reason=\"{}\"",
                         settings_.topic, settings_.partition.value(), error.message());
    }
    not_before_ = steady_clock::now() + retry_max;
    set_caught_up(false);
}

}  // namespace bkes::sync
