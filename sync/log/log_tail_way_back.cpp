// When the log isn't what the store holds any more: its end was cut, or it lost its front.

#include "sync/broker/link_errors.hpp"
#include "sync/log/log_tail.hpp"
#include "sync/types/log.hpp"

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto drop_pause = 10s;

}  // namespace

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

}  // namespace bkes::sync
