// Appenders, each with a connection of its own: sends one event, waits for the answer, sends the
// next; with --in-flight N that many are under way, whose orders follow each other. --address,
// --topic, --connections, --ms, --warm-up-ms, --value-size, --run (a word that makes the keys of
// this run its own). --partitions N,N: only these get events; without it, all. --tls HOST:PORT: the
// appenders connect there, under TLS; --address is asked for the topic.
//
// Keys are new ones of the partition that they are sent to, as murmur2 has it (the setting `partitioner`).
//
// One thread, and frames that are patched instead of encoded, so that it costs little beside what
// it measures; the share of one processor that it took is printed with the figures.

#include "bench/kafka_connection.hpp"
#include "bench/measure.hpp"
#include "bench/workload.hpp"
#include "protocol/batch/record_batch.hpp"
#include "protocol/frame.hpp"
#include "protocol/messages/produce.hpp"
#include "sync/types/partitioner.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>

namespace {

using namespace bkes;
namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::int64_t events_of_aggregate = 100;

struct load {
    std::string topic;
    std::string run;
    std::size_t value_size = 0;
    std::int32_t partition_count = 0;
    std::vector<std::int32_t> partitions{};  ///< that get events
    bool is_over = false;
    bench::latencies taken{};
};

/// A Produce of one event. Between two events of one aggregate only the order, the correlation id
/// and the checksum change; when the order gets one digit more, or with a new aggregate, the frame
/// is built anew.
class event_frame {
  public:
    event_frame(const load& shared, std::int32_t appender, std::int32_t partition)
        : shared_{shared}, appender_{appender}, partition_{partition} {
        build();
    }

    [[nodiscard]] bytes_view view() const { return frame_; }

    void advance() {
        if (++order_ == events_of_aggregate) {
            order_ = 0;
            ++aggregate_;
        }
        const auto text = fmt::to_string(order_);
        if (order_ == 0 || text.size() != order_digits_) {
            build();
            return;
        }
        std::ranges::copy(text, frame_.begin() + static_cast<std::ptrdiff_t>(order_at_));
        protocol::stamp_batch(std::span{frame_}.subspan(batch_at_, batch_size_), {});
    }

  private:
    /// Passes over those that live in other partitions.
    std::string key_of_aggregate() {
        while (true) {
            auto key = fmt::format("{}-{}-{}", shared_.run, appender_, aggregate_);
            const auto home =
                sync::partition_for_key(sync::partitioner::murmur2, key, shared_.partition_count);
            if (home.value() == partition_) {
                return key;
            }
            ++aggregate_;
        }
    }

    void build() {
        const auto key = key_of_aggregate();
        const auto body = bench::event_body(order_, shared_.value_size);
        bytes batch;
        protocol::batch_builder builder{batch};
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        builder.add(
            {.timestamp_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
             .key = key,
             .body = body});
        builder.finish(log_offset{0}, {});

        protocol::produce_request request{.acks = -1, .timeout_ms = 30'000};
        request.topic_data.push_back({.name = shared_.topic});
        request.topic_data.back().partition_data.push_back({.index = partition_, .records = batch});
        frame_.clear();
        bench::kafka_connection::append(request, bench::produce_version, frame_);
        batch_at_ = frame_.find(batch);
        batch_size_ = batch.size();
        order_digits_ = fmt::to_string(order_).size();
        // The header's value is the last thing in the record, and the record in the batch.
        order_at_ = batch_at_ + batch_size_ - order_digits_;
    }

    const load& shared_;
    std::int32_t appender_;
    std::int32_t partition_;
    std::int64_t aggregate_ = 0;
    std::int64_t order_ = 0;
    bytes frame_;
    std::size_t batch_at_ = 0;
    std::size_t batch_size_ = 0;
    std::size_t order_at_ = 0;
    std::size_t order_digits_ = 0;
};

using plain_stream = asio::ip::tcp::socket;
using tls_stream = asio::ssl::stream<asio::ip::tcp::socket>;

/// `Stream` is one of these.
template <class Stream>
class appender {
  public:
    /// What else the stream is made of: for TLS its context.
    template <class... Context>
    appender(asio::io_context& context, load& shared, const std::string& address,
             std::int32_t number, std::int32_t partition, Context&... of_stream)
        : shared_{shared}, stream_{context, of_stream...}, frame_{shared, number, partition} {
        stream_.lowest_layer().connect(bench::endpoint_of(address));
        stream_.lowest_layer().set_option(asio::ip::tcp::no_delay{true});
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            stream_.handshake(tls_stream::client);
        }
    }

    /// Sends the first events, so many; each answer sends the next one.
    void start(int in_flight) {
        send();
        for (int number = 1; number < in_flight; ++number) {
            frame_.advance();
            send();
        }
        receive();
    }

  private:
    void send() {
        sent_at_.push_back(bench::clock::now());
        // Few frames are under way, which the socket's buffer holds: it never blocks.
        asio::write(stream_, asio::buffer(frame_.view()));
    }

    void receive() {
        stream_.async_read_some(asio::buffer(answers_) + filled_,
                                [this](const error_code& failed, std::size_t size) {
                                    if (failed) {
                                        throw boost::system::system_error{failed};
                                    }
                                    filled_ += size;
                                    take_answers();
                                    if (!sent_at_.empty()) {
                                        receive();
                                    }
                                });
    }

    void take_answers() {
        constexpr auto prefix = protocol::frame_prefix_size;
        bytes_view rest{answers_.data(), filled_};
        while (rest.size() >= prefix) {
            const auto size =
                protocol::read_frame_size(rest.substr(0, prefix), answers_.size()).bytes;
            if (rest.size() < prefix + size) {
                break;
            }
            finish(rest.substr(prefix, size));
            rest.remove_prefix(prefix + size);
        }
        std::ranges::copy(rest, answers_.begin());
        filled_ = rest.size();
    }

    void finish(bytes_view answer) {
        shared_.taken.add(bench::clock::now() - sent_at_.front());
        sent_at_.pop_front();
        bench::check_produced(answer);
        if (!shared_.is_over) {
            frame_.advance();
            send();
        }
    }

    load& shared_;
    Stream stream_;
    event_frame frame_;
    std::deque<bench::clock::time_point> sent_at_;  ///< of what isn't answered, oldest first
    std::array<char, 4096> answers_{};
    std::size_t filled_ = 0;
};

void run_for(asio::io_context& context, std::int64_t milliseconds) {
    context.run_until(bench::clock::now() + std::chrono::milliseconds{milliseconds});
}

/// The figures, once everything has been answered.
template <class Stream, class... Context>
void measure(const bench::arguments& args, load& shared, const std::vector<std::string>& addresses,
             Context&... of_stream) {
    asio::io_context context{1};
    std::vector<std::unique_ptr<appender<Stream>>> appenders;
    for (std::int32_t number = 0; number < args.number("--connections", 1); ++number) {
        const auto partition =
            shared.partitions[static_cast<std::size_t>(number) % shared.partitions.size()];
        appenders.push_back(std::make_unique<appender<Stream>>(
            context, shared, addresses[static_cast<std::size_t>(partition)], number, partition,
            of_stream...));
    }
    const auto in_flight = static_cast<int>(args.number("--in-flight", 1));
    for (const auto& one : appenders) {
        one->start(in_flight);
    }
    run_for(context, args.number("--warm-up-ms", 1000));
    shared.taken.clear();
    const auto start = bench::clock::now();
    const auto cpu_before = bench::cpu_seconds();
    run_for(context, args.number("--ms", 5000));
    const auto seconds = bench::seconds_since(start);
    const auto cpu = bench::cpu_seconds() - cpu_before;
    const auto count = shared.taken.count();
    shared.is_over = true;
    context.run();
    fmt::print(R"({{"appends_per_s": {:.0f}, "p50_us": {:.0f}, "p99_us": {:.0f}, )"
               R"("generator_cpu": {:.3f}}})"
               "\n",
               static_cast<double>(count) / seconds, shared.taken.percentile(0.5),
               shared.taken.percentile(0.99), cpu / seconds);
}

void run(const bench::arguments& args) {
    load shared{.topic = args.text("--topic"),
                .run = args.text("--run"),
                .value_size = static_cast<std::size_t>(args.number("--value-size", 256))};
    auto addresses = bench::leaders_of(args.text("--address"), shared.topic);
    shared.partition_count = static_cast<std::int32_t>(addresses.size());
    shared.partitions = args.partitions(shared.partition_count);
    if (const auto tls = args.text("--tls", ""); !tls.empty()) {
        // Not whom it talks to is measured, so no certificate is looked at.
        asio::ssl::context context{asio::ssl::context::tls_client};
        std::ranges::fill(addresses, tls);
        measure<tls_stream>(args, shared, addresses, context);
    } else {
        measure<plain_stream>(args, shared, addresses);
    }
}

}  // namespace

int main(int count, char** values) {
    return bkes::bench::run_program(count, values, run);
}
