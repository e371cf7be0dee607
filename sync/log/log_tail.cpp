#include "sync/log/log_tail.hpp"

#include "protocol/kafka_error.hpp"
#include "store/errors.hpp"
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
