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

namespace {

using namespace std::chrono_literals;

/// From 13 on topics go by id; below 3 there are no record batches.
constexpr protocol::version_range produce_versions{.min = 3, .max = 12};
constexpr std::int16_t acks_of_all = -1;
constexpr auto broker_timeout = 10s;  ///< the broker answers 7 when its replicas take longer
constexpr auto answer_timeout = broker_timeout + 5s;

}  // namespace

appender::appender(boost::asio::io_context& context, cluster_view& view, appender_events& events,
                   options settings)
    : events_{events},
      settings_{std::move(settings)},
      link_{std::make_shared<leader_link>(
          context, view,
          leader_link::options{.topic = settings_.topic,
                               .partition = settings_.partition,
                               .client_id = settings_.client_id + "-append"})},
      timer_{context} {}

void appender::start() {
    connect();
}

void appender::stop() {
    is_stopped_ = true;
    timer_.cancel();
    lose();
}

void appender::connect() {
    link_->get([self = shared_from_this()](result<std::shared_ptr<broker_link>> link) {
        if (self->is_stopped_) {
            return;
        }
        if (!link) {
            if (self->failures_++ == 0) {
                spdlog::warn("no connection to write topic={} partition={} reason=\"{}\"",
                             self->settings_.topic, self->settings_.partition.value(),
                             link.error().message());
            }
            self->retry_connect();
            return;
        }
        self->connected(*link);
    });
}

void appender::connected(const std::shared_ptr<broker_link>& link) {
    open_link_ = link;
    if (identity_) {
        become_ready();
        return;
    }
    take_identity(*link, [self = shared_from_this(), link](result<producer_identity> identity) {
        if (self->is_stopped_ || self->open_link_ != link) {
            return;
        }
        if (!identity) {
            spdlog::debug("no producer id topic={} partition={} reason=\"{}\"",
                          self->settings_.topic, self->settings_.partition.value(),
                          identity.error().message());
            self->lose();
            self->retry_connect();
            return;
        }
        self->identity_ = *identity;
        self->next_sequence_ = sequence_number{0};
        self->become_ready();
    });
}

void appender::become_ready() {
    is_ready_ = true;
    events_.appender_ready();
}

/// Doubles from 100 ms to a second.
void appender::retry_connect() {
    if (is_stopped_ || is_settling_) {
        return;
    }
    timer_.expires_after(std::min(50ms * (1 << std::min(failures_, 5)), 1000ms));
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && !self->is_stopped_ && !self->is_settling_) {
            self->connect();
        }
    });
}

/// Closes the connection. What is under way on it is unknown from now on.
void appender::lose() {
    open_link_ = nullptr;
    is_refusing_ = false;
    for (auto& batch : in_flight_) {
        if (batch.attempts > 0) {
            batch.earlier = earlier_attempts::may_be_written;
        }
    }
    link_->drop();
    if (std::exchange(is_ready_, false) && !is_stopped_) {
        events_.appender_lost();
    }
}

void appender::send(batch_id id, bytes encoded, std::int32_t record_count) {
    protocol::stamp_batch(encoded, {.producer = identity_->producer,
                                    .epoch = identity_->epoch,
                                    .base_sequence = next_sequence_});
    in_flight_.push_back({.id = id,
                          .encoded = std::move(encoded),
                          .record_count = record_count,
                          .base_sequence = next_sequence_});
    next_sequence_ = sequence_after(next_sequence_, record_count);
    transmit(in_flight_.back());
}

void appender::send_again(batch_id id) {
    if (auto* batch = find(id)) {
        transmit(*batch);
    }
}

void appender::transmit(flying_batch& batch) {
    ++batch.attempts;
    protocol::produce_request request;
    request.acks = acks_of_all;
    request.timeout_ms =
        static_cast<std::int32_t>(std::chrono::milliseconds{broker_timeout}.count());
    auto& topic = request.topic_data.emplace_back();
    topic.name = settings_.topic;
    auto& partition = topic.partition_data.emplace_back();
    partition.index = settings_.partition.value();
    partition.records = batch.encoded;
    open_link_->call_latest<protocol::produce_response>(
        request, produce_versions, answer_timeout,
        [self = weak_from_this(), link = open_link_.get(),
         id = batch.id](result<protocol::produce_response> response) {
            // After the connection was given up its answers are worth nothing: all is unknown.
            if (const auto appender = self.lock(); appender && appender->open_link_.get() == link) {
                appender->answered(id, std::move(response));
            }
        });
}

void appender::answered(batch_id id, result<protocol::produce_response> response) {
    const bool is_readable = response && response->responses.size() == 1 &&
                             response->responses.front().partition_responses.size() == 1;
    if (!is_readable) {
        spdlog::warn(
            "write has an unknown end and is sent again topic={} partition={} reason=\"{}\"",
            settings_.topic, settings_.partition.value(),
            response ? make_error_code(link_errc::bad_answer).message()
                     : response.error().message());
        ++failures_;
        lose();
        retry_connect();
        return;
    }
    judge(id, response->responses.front().partition_responses.front());
}

void appender::judge(batch_id id, const protocol::produce_response::topic::partition& partition) {
    const auto* batch = find(id);
    if (batch == nullptr) {
        return;  // found in the log before the answer came
    }
    const auto judged = judge_produce(partition.error_code, batch->earlier);
    const bool is_behind_refused =
        is_refusing_ &&
        partition.error_code ==
            static_cast<std::int16_t>(protocol::kafka_error::out_of_order_sequence_number);
    if (is_behind_refused) {
        decided(id);
        events_.batch_skipped(id);
        return;
    }
    switch (judged.verdict) {
        case produce_verdict::written: {
            failures_ = 0;
            const produced_batch written{.id = id,
                                         .base_offset = log_offset{partition.base_offset},
                                         .record_count = batch->record_count,
                                         .log_append_time_ms = partition.log_append_time_ms,
                                         .log_start = log_offset{partition.log_start_offset},
                                         .was_sent_again = batch->attempts > 1};
            decided(id);
            events_.batch_written(written);
            return;
        }
        case produce_verdict::refused: {
            const auto sequence = batch->base_sequence;
            decided(id);
            take_back(sequence);
            events_.batch_refused(id, partition.error_code, judged.blame,
                                  std::string{partition.error_message.value_or(bytes_view{})});
            return;
        }
        case produce_verdict::send_again:
            spdlog::info(
                "write is sent again topic={} partition={} reason={}", settings_.topic,
                settings_.partition.value(),
                protocol::name_of(static_cast<protocol::kafka_error>(partition.error_code)));
            ++failures_;
            lose();
            retry_connect();
            return;
        case produce_verdict::ask_the_log:
            undecided(partition.error_code);
            return;
    }
}

void appender::undecided(std::int16_t error_code) {
    is_settling_ = true;
    lose();
    events_.appender_undecided(error_code);
}

void appender::settle() {
    BKES_ASSERT(in_flight_.empty());
    is_settling_ = false;
    identity_.reset();
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
    return identity_ && header.producer == identity_->producer && header.epoch == identity_->epoch;
}

std::optional<batch_id> appender::find_in_flight(const protocol::batch_header& header) const {
    if (!is_own(header)) {
        return std::nullopt;
    }
    const auto found =
        std::ranges::find(in_flight_, header.base_sequence, &flying_batch::base_sequence);
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
