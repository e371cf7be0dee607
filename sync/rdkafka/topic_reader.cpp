#include "sync/rdkafka/topic_reader.hpp"

#include "protocol/batch/record_batch.hpp"
#include "sync/net/link_security.hpp"
#include "sync/rdkafka/client_handle.hpp"
#include "sync/types/log.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace bkes::sync {

namespace {

constexpr int poll_ms = 100;
constexpr std::size_t messages_per_poll = 5'000;

/// librdkafka before 2.6.1 sends a nonce of SCRAM twice, which brokers refuse since Kafka 3.8.1 (but
/// for 3.9): github.com/confluentinc/librdkafka/pull/4895.
constexpr int first_with_right_scram = 0x020601ff;

std::unexpected<start_problem> unreadable(partition_id partition, std::string_view reason) {
    return std::unexpected{
        start_problem{start_problem_kind::unreachable,
                      fmt::format("partition {} can't be read: {}", partition.value(), reason)}};
}

start_problem not_let_in(const cluster_access& access, const std::string& reason) {
    auto text = fmt::format("librdkafka {}, which reads the log to compare with, is not let in: {}",
                            rd_kafka_version_str(), reason);
    const auto& options = access.security->options();
    if (name_of(options.mechanism).starts_with("SCRAM") &&
        rd_kafka_version() < first_with_right_scram) {
        text +=
            ". Before 2.6.1 it can't log in to newer brokers by SCRAM: use a newer librdkafka, or "
            "for "
            "this command kafka.sasl.mechanism=PLAIN or OAUTHBEARER, or a certificate";
    }
    return {start_problem_kind::not_let_in, std::move(text)};
}

/// The events of one partition from one poll. Keys and values stay in librdkafka's messages; what
/// has to be encoded anew lies in `bodies`, which is complete before views into it are made.
class event_chunk {
  public:
    explicit event_chunk(const event_decoder& decoder) : decoder_{decoder} {}

    void add(const rd_kafka_message_t& message) {
        next_offset_ = log_offset{message.offset + 1};
        if (message.key == nullptr) {
            return;
        }
        const auto begin = bodies_.size();
        append_body(message);
        rd_kafka_timestamp_type_t type{};
        store::new_event event;
        event.offset = log_offset{message.offset};
        event.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
        event.key = bytes_view{static_cast<const char*>(message.key), message.key_len};
        event.declared_order = declared_order_;
        events_.push_back(event);
        bodies_begin_.push_back(begin);
    }

    [[nodiscard]] std::span<const store::new_event> events() {
        const bytes_view bodies{bodies_};
        for (std::size_t index = 0; index < events_.size(); ++index) {
            const auto begin = bodies_begin_[index];
            const auto end = index + 1 < events_.size() ? bodies_begin_[index + 1] : bodies.size();
            events_[index].body = bodies.substr(begin, end - begin);
        }
        return events_;
    }

    /// The partition's end: what is before it and wasn't given out takes offsets only.
    void reached(log_offset next_offset) { next_offset_ = std::max(next_offset_, next_offset); }

    [[nodiscard]] log_offset next_offset() const { return next_offset_; }

    void clear() {
        events_.clear();
        bodies_begin_.clear();
        bodies_.clear();
    }

  private:
    void append_body(const rd_kafka_message_t& message) {
        headers_.clear();
        rd_kafka_headers_t* raw = nullptr;
        if (rd_kafka_message_headers(&message, &raw) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            for (std::size_t index = 0; rd_kafka_header_get_all(raw, index, &name, &value, &size) ==
                                        RD_KAFKA_RESP_ERR_NO_ERROR;
                 ++index) {
                auto& header = headers_.emplace_back();
                header.key = name;
                if (value != nullptr) {
                    header.value = bytes_view{static_cast<const char*>(value), size};
                }
            }
        }
        std::optional<bytes_view> value;
        if (message.payload != nullptr) {
            value = bytes_view{static_cast<const char*>(message.payload), message.len};
        }
        const auto begin = bodies_.size();
        bodies_ += protocol::encode_record_body(value, headers_);
        declared_order_ = std::nullopt;
        if (!headers_.empty()) {
            const auto value_part = protocol::encode_record_body(value, {}).size() - 1;
            declared_order_ =
                decoder_.declared_order(bytes_view{bodies_}.substr(begin + value_part));
        }
    }

    const event_decoder& decoder_;
    std::vector<store::new_event> events_;
    std::vector<std::size_t> bodies_begin_;
    bytes bodies_;
    std::vector<protocol::record_header> headers_;
    std::optional<event_order> declared_order_;
    log_offset next_offset_{-1};
};

}  // namespace

class topic_reader::worker {
  public:
    worker(options settings, const event_decoder& decoder)
        : settings_{std::move(settings)},
          decoder_{decoder},
          thread_{[this](const std::stop_token& stop) { run(stop); }} {}

    ~worker() {
        thread_.request_stop();
        thread_.join();
    }

    void add(reading_job job) {
        const std::lock_guard lock{mutex_};
        waiting_.push_back(std::move(job));
        wake_.notify_one();
    }

  private:
    struct running_job {
        reading_job job;
        kafka_topic topic;
        event_chunk chunk;
        log_offset reached;
        bool is_started = false;
    };

    void run(const std::stop_token& stop);
    bool take_waiting(const std::stop_token& stop);
    std::expected<void, std::string> open();
    void start_reading(reading_job job);
    void poll();
    void take_message(const rd_kafka_message_t& message);
    void end_if_not_let_in();
    void hand_over();
    static void finish(running_job& job, started<log_offset> outcome);
    static void give_up(running_job& job, std::string_view reason);
    running_job* find(const rd_kafka_message_t& message);

    options settings_;
    const event_decoder& decoder_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::vector<reading_job> waiting_;  ///< under mutex_
    client_surroundings around_{.access = settings_.access};
    kafka_handle kafka_;
    kafka_queue queue_;
    std::vector<std::unique_ptr<running_job>> running_;
    std::array<rd_kafka_message_t*, messages_per_poll> messages_{};
    std::jthread thread_;
};

void topic_reader::worker::run(const std::stop_token& stop) {
    while (take_waiting(stop)) {
        poll();
        end_if_not_let_in();
        hand_over();
    }
    for (const auto& job : running_) {
        rd_kafka_consume_stop(job->topic.get(), job->job.partition.value());
    }
    running_.clear();
    queue_.reset();
    kafka_.reset();
}

/// Blocks while there is nothing to do. False: the end. The consumer is given back when idle: its
/// threads and buffers are only for catching up.
bool topic_reader::worker::take_waiting(const std::stop_token& stop) {
    std::vector<reading_job> jobs;
    {
        std::unique_lock lock{mutex_};
        if (running_.empty() && waiting_.empty()) {
            lock.unlock();
            queue_.reset();
            kafka_.reset();
            lock.lock();
        }
        wake_.wait(lock, stop, [this] { return !waiting_.empty() || !running_.empty(); });
        if (stop.stop_requested()) {
            return false;
        }
        jobs = std::exchange(waiting_, {});
    }
    for (auto& job : jobs) {
        start_reading(std::move(job));
    }
    return true;
}

std::expected<void, std::string> topic_reader::worker::open() {
    if (kafka_) {
        return {};
    }
    auto settings = librdkafka_settings(settings_.access);
    // Full queues cost librdkafka 2.0 a second's pause, so only the bytes limit them.
    settings["queued.max.messages.kbytes"] = std::to_string(settings_.queue_bytes_max / 1024);
    settings["queued.min.messages"] = "1000000";
    settings["isolation.level"] = "read_committed";
    settings["enable.partition.eof"] = "true";
    settings["enable.auto.commit"] = "false";
    settings["enable.auto.offset.store"] = "false";
    settings["auto.offset.reset"] = "error";
    settings["client.id"] = settings_.access.client_id + "-follow";
    auto opened = open_kafka(settings, around_);
    if (!opened) {
        return std::unexpected{opened.error()};
    }
    kafka_ = std::move(*opened);
    queue_.reset(rd_kafka_queue_new(kafka_.get()));
    return {};
}

void topic_reader::worker::start_reading(reading_job job) {
    if (const auto opened = open(); !opened) {
        job.done(unreadable(job.partition, opened.error()));
        return;
    }
    kafka_topic topic{rd_kafka_topic_new(kafka_.get(), job.topic.c_str(), nullptr)};
    const auto from = job.from;
    running_.push_back(std::make_unique<running_job>(std::move(job), std::move(topic),
                                                     event_chunk{decoder_}, from));
    auto& running = *running_.back();
    if (rd_kafka_consume_start_queue(running.topic.get(), running.job.partition.value(),
                                     from.value(), queue_.get()) != 0) {
        give_up(running, rd_kafka_err2str(rd_kafka_last_error()));
        std::erase_if(running_, [](const auto& one) { return !one->job.done; });
        return;
    }
    running.is_started = true;
}

void topic_reader::worker::poll() {
    const auto count = running_.empty()
                           ? 0
                           : rd_kafka_consume_batch_queue(queue_.get(), poll_ms, messages_.data(),
                                                          messages_.size());
    for (ssize_t index = 0; index < count; ++index) {
        take_message(*messages_[static_cast<std::size_t>(index)]);
    }
    // The chunks' keys point into the messages.
    for (const auto& job : running_) {
        const auto events = job->chunk.events();
        if (job->chunk.next_offset() <= job->reached || !job->job.done) {
            continue;
        }
        if (const auto taken = job->job.take(events, job->chunk.next_offset()); !taken) {
            give_up(*job, taken.error().message());
        } else {
            job->reached = job->chunk.next_offset();
        }
        job->chunk.clear();
    }
    for (ssize_t index = 0; index < count; ++index) {
        rd_kafka_message_destroy(messages_[static_cast<std::size_t>(index)]);
    }
}

void topic_reader::worker::take_message(const rd_kafka_message_t& message) {
    auto* job = find(message);
    if (job == nullptr || !job->job.done) {
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
            message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            sync_log().warn("topic can't be read now, it is tried again reason=\"{}\"",
                            rd_kafka_message_errstr(&message));
        }
        return;
    }
    switch (message.err) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            if (log_offset{message.offset} >= job->reached) {
                job->chunk.add(message);
            }
            break;
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            job->chunk.reached(log_offset{message.offset});
            break;
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
            give_up(*job, rd_kafka_message_errstr(&message));
            break;
        default:  // librdkafka tries again by itself
            sync_log().info("topic can't be read now, it is tried again reason=\"{}\"",
                            rd_kafka_message_errstr(&message));
    }
}

void topic_reader::worker::end_if_not_let_in() {
    rd_kafka_poll(kafka_.get(), 0);
    if (const auto reason = std::exchange(around_.refused, {}); !reason.empty()) {
        for (const auto& job : running_) {
            finish(*job, std::unexpected{not_let_in(settings_.access, reason)});
        }
    }
}

/// Ends the jobs that are complete or failed.
void topic_reader::worker::hand_over() {
    for (const auto& job : running_) {
        if (job->job.done && job->reached >= job->job.until) {
            finish(*job, job->reached);
        }
    }
    std::erase_if(running_, [](const auto& job) { return !job->job.done; });
}

void topic_reader::worker::give_up(running_job& job, std::string_view reason) {
    finish(job, unreadable(job.job.partition, reason));
}

void topic_reader::worker::finish(running_job& job, started<log_offset> outcome) {
    if (job.is_started) {
        rd_kafka_consume_stop(job.topic.get(), job.job.partition.value());
    }
    if (auto done = std::exchange(job.job.done, nullptr)) {
        done(std::move(outcome));
    }
}

topic_reader::worker::running_job* topic_reader::worker::find(const rd_kafka_message_t& message) {
    const auto found = std::ranges::find_if(running_, [&message](const auto& job) {
        return job->topic.get() == message.rkt && job->job.partition.value() == message.partition;
    });
    return found == running_.end() ? nullptr : found->get();
}

topic_reader::topic_reader(options settings, const event_decoder& decoder)
    : worker_{std::make_unique<worker>(std::move(settings), decoder)} {}

topic_reader::~topic_reader() = default;

void topic_reader::read(reading_job job) {
    worker_->add(std::move(job));
}

}  // namespace bkes::sync
