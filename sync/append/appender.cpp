#include "sync/append/appender.hpp"

#include "protocol/core/assert.hpp"
#include "protocol/kafka_error.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/types/log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bkes::sync {

using std::chrono::milliseconds;

namespace {

milliseconds wall_clock() {
    return std::chrono::duration_cast<milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

appender::appender(std::shared_ptr<produce_lanes> lanes, std::shared_ptr<producer_probe> probe,
                   cluster_view& view, appender_events& events, options settings)
    : events_{events},
      settings_{std::move(settings)},
      fencing_{settings_.fencing},
      leader_{view, settings_.topic, settings_.partition},
      lanes_{std::move(lanes)},
      coordinator_{std::make_shared<coordinator_session>(
          lanes_->context(), fencing_.dialogue(),
          coordinator_session::options{.topic = settings_.topic,
                                       .partition = settings_.partition,
                                       .client_id = settings_.client_id + "-owner",
                                       .keep_alive = settings_.keep_alive,
                                       .security = settings_.security})},
      probe_{std::move(probe)},
      timer_{lanes_->context()} {}

void appender::announce(std::size_t records) {
    if (lane_ && may_write()) {
        lane_->announce(*this, records);
    }
}

void appender::send(batch_id id, bytes encoded, std::int32_t record_count) {
    const auto& stamp = *owner();
    protocol::stamp_batch(encoded, {.producer = stamp.producer,
                                    .epoch = stamp.epoch,
                                    .base_sequence = under_way_.next_sequence()});
    const auto header = protocol::decode_batch_header(encoded);
    BKES_ASSERT(header);
    transmit(under_way_.add({.id = id,
                             .encoded = std::move(encoded),
                             .record_count = record_count,
                             .stamped = stamp,
                             .is_forgettable = fencing_.is_forgettable(
                                 wall_clock() - milliseconds{header->max_timestamp_ms})}));
}

void appender::send_again(batch_id id) {
    if (auto* batch = under_way_.find(id)) {
        transmit(*batch);
    }
}

void appender::transmit(batch_under_way& batch) {
    const auto now = settings_.now();
    if (!fencing_.may_send(now)) {  // paused for long: proved again on a new connection
        turn_soon();
        return;
    }
    under_way_.sent(batch, connection_, now);
    lane_->add({.topic = settings_.topic,
                .topic_id = topic_id_,
                .partition = settings_.partition,
                .records = batch.encoded,
                .record_count = static_cast<std::size_t>(batch.record_count),
                .answered = [weak = weak_from_this(), connection = connection_,
                             id = batch.id](const result<produce_lane::partition_answer>& answer) {
                    // After the connection was given up its answers are worth nothing: all is
                    // unknown.
                    if (const auto self = weak.lock(); self && self->connection_ == connection) {
                        self->answered(id, answer);
                    }
                }});
}

void appender::answered(batch_id id, const result<produce_lane::partition_answer>& answer) {
    if (!answer) {
        attempt_failed(id, answer.error());
        turn();
        return;
    }
    const auto reason = [&answer] {
        return answer->error_code == 0
                   ? "something else was read where it is said to stand"
                   : protocol::name_of(static_cast<protocol::kafka_error>(answer->error_code));
    };
    const auto [end, blame] =
        under_way_.answered(id, answer->error_code, log_offset{answer->base_offset},
                            events_.position_read().next_offset);
    switch (end) {
        case batch_end::unheard:
            return;
        case batch_end::written:
            written(*under_way_.find(id), *answer);
            break;
        case batch_end::skipped:
            events_.batch_skipped(id);
            break;
        case batch_end::refused:
            events_.batch_refused(id, answer->error_code, blame,
                                  std::string{answer->error_message.value_or(bytes_view{})});
            break;
        case batch_end::send_again:
            sync_log().info("write is sent again topic={} partition={} reason={}", settings_.topic,
                            settings_.partition.value(), reason());
            fencing_.attempt_failed(settings_.now());
            break;
        case batch_end::ask_the_log:
            sync_log().warn(
                "end of a write can only be told by the log topic={} partition={} reason=\"{}\"",
                settings_.topic, settings_.partition.value(), reason());
            fencing_.undecided(settings_.now());
            break;
    }
    turn();
}

void appender::attempt_failed(batch_id id, std::error_code reason) {
    if (reason == link_errc::not_sent) {
        sync_log().debug("write was not sent, the connection had ended topic={} partition={}",
                         settings_.topic, settings_.partition.value());
        under_way_.not_sent(id, connection_);
    } else if (under_way_.find(id) == nullptr) {
        sync_log().debug("answer to a write that the log has shown is lost topic={} partition={}",
                         settings_.topic, settings_.partition.value());
    } else {
        sync_log().warn(
            "write has an unknown end and is sent again topic={} partition={} reason=\"{}\"",
            settings_.topic, settings_.partition.value(), reason.message());
    }
    fencing_.attempt_failed(settings_.now());
}

void appender::written(const batch_under_way& batch, const produce_lane::partition_answer& answer) {
    const produced_batch told{.id = batch.id,
                              .base_offset = log_offset{answer.base_offset},
                              .record_count = batch.record_count,
                              .log_append_time_ms = answer.log_append_time_ms,
                              .log_start = log_offset{answer.log_start_offset},
                              .sent_at = batch.sent_at,
                              .was_sent_again = batch.attempts > 1};
    const bool has_own_times = answer.log_append_time_ms < 0;
    fencing_.written(batch.sent_at, has_own_times && batch.is_forgettable, settings_.now());
    under_way_.acknowledged(batch.id, told.base_offset);
    events_.batch_written(told);
}

bool appender::is_own(const protocol::batch_header& header) const {
    return fencing_.is_own({.producer = header.producer, .epoch = header.epoch});
}

std::optional<log_offset> appender::contradicted_by(const protocol::batch_header& header) const {
    return under_way_.contradicted_by(
        {.writer = {.producer = header.producer, .epoch = header.epoch},
         .base_sequence = header.base_sequence,
         .base_offset = header.base_offset,
         .last_offset = header.last_offset()});
}

std::optional<batch_id> appender::find_under_way(const protocol::batch_header& header) const {
    return under_way_.find({.producer = header.producer, .epoch = header.epoch},
                           header.base_sequence);
}

}  // namespace bkes::sync
