#include "sync/appender.hpp"

#include "protocol/core/assert.hpp"
#include "protocol/kafka_error.hpp"
#include "sync/link_errors.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace bkes::sync {

appender::appender(std::shared_ptr<produce_lanes> lanes, cluster_view& view,
                   appender_events& events, options settings)
    : events_{events},
      settings_{std::move(settings)},
      leader_{view, settings_.topic, settings_.partition},
      lanes_{std::move(lanes)},
      ownership_{std::make_shared<ownership>(
          lanes_->context(), ownership::options{.topic = settings_.topic,
                                                .partition = settings_.partition,
                                                .client_id = settings_.client_id + "-owner",
                                                .keep_alive = settings_.keep_alive})},
      timer_{lanes_->context()},
      heartbeat_{lanes_->context()} {}

void appender::wait(std::size_t records) {
    if (is_ready_) {
        lane_->wait(*this, records);
    }
}

void appender::departs() {
    events_.request_departs();
}

void appender::send(batch_id id, bytes encoded, std::int32_t record_count) {
    const auto& stamp = *owner();
    protocol::stamp_batch(
        encoded,
        {.producer = stamp.producer, .epoch = stamp.epoch, .base_sequence = next_sequence_});
    const auto header = protocol::decode_batch_header(encoded);
    BKES_ASSERT(header);
    in_flight_.push_back({.id = id,
                          .encoded = std::move(encoded),
                          .record_count = record_count,
                          .stamped = stamp,
                          .base_sequence = next_sequence_,
                          .newest_record_ms = header->max_timestamp_ms});
    next_sequence_ = sequence_after(next_sequence_, record_count);
    transmit(in_flight_.back());
}

void appender::send_again(batch_id id) {
    if (auto* batch = find(id)) {
        transmit(*batch);
    }
}

void appender::transmit(flying_batch& batch) {
    if (is_proof_too_old()) {  // paused for long: proved again on a new connection
        boost::asio::post(timer_.get_executor(),
                          [self = shared_from_this(), connection = connection_] {
                              if (self->connection_ == connection) {
                                  self->reconnect();
                              }
                          });
        return;
    }
    ++batch.attempts;
    batch.sent_on = connection_;
    batch.sent_at = boot_clock::now();
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
        if (answer.error() == link_errc::not_sent) {
            not_sent(id);
        } else {
            spdlog::warn(
                "write has an unknown end and is sent again topic={} partition={} reason=\"{}\"",
                settings_.topic, settings_.partition.value(), answer.error().message());
        }
        ++failures_;
        lose();
        retry_connect();
        return;
    }
    judge(id, *answer);
}

/// Nor was what follows on the same connection: those attempts are none.
void appender::not_sent(batch_id id) {
    spdlog::debug("write was not sent, the connection had ended topic={} partition={}",
                  settings_.topic, settings_.partition.value());
    for (auto& batch : in_flight_) {
        if (batch.id >= id && std::exchange(batch.sent_on, 0) == connection_) {
            --batch.attempts;
        }
    }
}

void appender::judge(batch_id id, const produce_lane::partition_answer& answer) {
    const auto* batch = find(id);
    if (batch == nullptr) {
        return;  // found in the log before the answer came
    }
    const auto judged = judge_produce(answer.error_code, batch->earlier);
    const bool is_behind_refused =
        is_refusing_ &&
        answer.error_code ==
            static_cast<std::int16_t>(protocol::kafka_error::out_of_order_sequence_number);
    if (is_behind_refused) {
        decided(id);
        events_.batch_skipped(id);
        return;
    }
    switch (judged.verdict) {
        case produce_verdict::written:
            written(*batch, answer);
            return;
        case produce_verdict::refused: {
            const auto sequence = batch->base_sequence;
            decided(id);
            take_back(sequence);
            events_.batch_refused(id, answer.error_code, judged.blame,
                                  std::string{answer.error_message.value_or(bytes_view{})});
            return;
        }
        case produce_verdict::send_again:
            spdlog::info("write is sent again topic={} partition={} reason={}", settings_.topic,
                         settings_.partition.value(),
                         protocol::name_of(static_cast<protocol::kafka_error>(answer.error_code)));
            ++failures_;
            lose();
            retry_connect();
            return;
        case produce_verdict::ask_the_log:
            undecided(answer.error_code);
            return;
    }
}

void appender::written(const flying_batch& batch, const produce_lane::partition_answer& answer) {
    failures_ = 0;
    quiet_ends_ = 0;
    proven_at_ = std::max(proven_at_, batch.sent_at);
    const produced_batch told{.id = batch.id,
                              .base_offset = log_offset{answer.base_offset},
                              .record_count = batch.record_count,
                              .log_append_time_ms = answer.log_append_time_ms,
                              .log_start = log_offset{answer.log_start_offset},
                              .sent_at = batch.sent_at,
                              .was_sent_again = batch.attempts > 1};
    keep_alive(batch, answer.log_append_time_ms);
    decided(batch.id);
    events_.batch_written(told);
}

void appender::undecided(std::int16_t error_code) {
    is_undecided_ = true;
    lose();
    events_.appender_undecided(error_code);
    retry_connect();
}

/// The sequence of the oldest refused batch is used again by the next one; those behind it are
/// refused by the broker as a hole.
void appender::take_back(sequence_number sequence) {
    if (!is_refusing_) {
        next_sequence_ = sequence;
    }
    is_refusing_ = !in_flight_.empty();
}

bool appender::is_own(const protocol::batch_header& header) const {
    return first_owner_ && header.producer == owner()->producer &&
           header.epoch >= first_owner_->epoch && header.epoch <= owner()->epoch;
}

std::optional<batch_id> appender::find_in_flight(const protocol::batch_header& header) const {
    const auto found = std::ranges::find_if(in_flight_, [&header](const flying_batch& batch) {
        return batch.stamped.producer == header.producer && batch.stamped.epoch == header.epoch &&
               batch.base_sequence == header.base_sequence;
    });
    return found == in_flight_.end() ? std::nullopt : std::optional{found->id};
}

std::vector<batch_id> appender::in_flight() const {
    std::vector<batch_id> ids;
    for (const auto& batch : in_flight_) {
        ids.push_back(batch.id);
    }
    return ids;
}

void appender::decided(batch_id id) {
    std::erase_if(in_flight_, [id](const flying_batch& batch) { return batch.id == id; });
    if (in_flight_.empty()) {
        is_refusing_ = false;
    }
}

appender::flying_batch* appender::find(batch_id id) {
    const auto found = std::ranges::find(in_flight_, id, &flying_batch::id);
    return found == in_flight_.end() ? nullptr : &*found;
}

}  // namespace bkes::sync
