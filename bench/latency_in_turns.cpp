// What a proxy adds to a client's latency: one producer with a connection for each way to the broker,
// which sends the same small Produce by each in turn, one at a time, at a fixed rate. In turns, so that
// whatever broker and machine do meanwhile meets every way alike: their own p99 is larger than what is
// looked for. --topic, --partition, --key, --rate (in all), --ms, --plain NAME=HOST:PORT,... and
// --tls NAME=HOST:PORT,... A guarded topic takes it as well (order: any).

#include "bench/kafka_connection.hpp"
#include "bench/measure.hpp"
#include "protocol/batch/record_batch.hpp"
#include "protocol/frame.hpp"
#include "protocol/messages/produce.hpp"

#include <boost/algorithm/string/split.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using namespace bkes;
namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t value_size = 256;

struct way {
    std::string name;
    std::function<void(bytes_view)> exchange;  ///< sends a frame and reads its answer
    bench::latencies taken{};
};

bytes one_record(const bench::arguments& args) {
    bytes batch;
    protocol::batch_builder builder{batch};
    const auto key = args.text("--key", "key");
    const protocol::record_header order{.key = "order", .value = "any"};
    const auto body = protocol::encode_record_body(bytes(value_size, 'x'), {&order, 1});
    builder.add({.key = key, .body = body});
    builder.finish(log_offset{0}, {});
    protocol::produce_request request{.acks = -1, .timeout_ms = 30'000};
    const auto topic = args.text("--topic");
    request.topic_data.push_back({.name = topic});
    request.topic_data.back().partition_data.push_back(
        {.index = static_cast<std::int32_t>(args.number("--partition", 0)), .records = batch});
    bytes frame;
    bench::kafka_connection::append(request, bench::produce_version, frame);
    return frame;
}

template <class Stream>
void exchange(Stream& stream, bytes_view frame) {
    asio::write(stream, asio::buffer(frame));
    std::array<char, 1024> answer{};
    asio::read(stream, asio::buffer(answer, protocol::frame_prefix_size));
    const auto size =
        protocol::read_frame_size({answer.data(), protocol::frame_prefix_size}, answer.size());
    if (size.fault != protocol::frame_fault::none) {
        throw std::runtime_error("this is no answer to a Produce");
    }
    asio::read(stream, asio::buffer(answer, size.bytes));
    bench::check_produced({answer.data(), size.bytes});
}

void connect(tcp::socket& socket, const std::string& address) {
    socket.connect(bench::endpoint_of(address));
    socket.set_option(tcp::no_delay{true});
}

way plain_way(asio::io_context& context, const std::string& name, const std::string& address) {
    auto socket = std::make_shared<tcp::socket>(context);
    connect(*socket, address);
    return {.name = name, .exchange = [socket](bytes_view frame) { exchange(*socket, frame); }};
}

/// Not whom it talks to is measured, so no certificate is looked at.
way tls_way(asio::io_context& context, asio::ssl::context& tls, const std::string& name,
            const std::string& address) {
    using stream = asio::ssl::stream<tcp::socket>;
    auto encrypted = std::make_shared<stream>(context, tls);
    connect(encrypted->next_layer(), address);
    encrypted->handshake(stream::client);
    return {.name = name,
            .exchange = [encrypted](bytes_view frame) { exchange(*encrypted, frame); }};
}

/// NAME=HOST:PORT,...
template <class Make>
void add_ways(std::vector<way>& ways, const std::string& text, Make make) {
    std::vector<std::string> given;
    if (!text.empty()) {
        boost::split(given, text, [](char each) { return each == ','; });
    }
    for (const auto& one : given) {
        const auto equals = one.find('=');
        if (equals == std::string::npos) {
            throw std::runtime_error(one + " is not NAME=HOST:PORT");
        }
        ways.push_back(make(one.substr(0, equals), one.substr(equals + 1)));
    }
}

/// Who begins a turn changes.
void take_turns(std::vector<way>& ways, bytes_view frame, std::chrono::nanoseconds pause,
                bench::clock::time_point end) {
    auto next = bench::clock::now();
    for (std::size_t turn = 0; next < end; ++turn) {
        for (std::size_t index = 0; index < ways.size(); ++index) {
            auto& one = ways[(turn + index) % ways.size()];
            std::this_thread::sleep_until(next);
            const auto start = bench::clock::now();
            one.exchange(frame);
            one.taken.add(bench::clock::now() - start);
            next = std::max(next + pause, bench::clock::now());
        }
    }
}

void run(const bench::arguments& args) {
    asio::io_context context{1};
    asio::ssl::context tls{asio::ssl::context::tls_client};
    std::vector<way> ways;
    add_ways(ways, args.text("--plain", ""), [&](const auto& name, const auto& address) {
        return plain_way(context, name, address);
    });
    add_ways(ways, args.text("--tls", ""), [&](const auto& name, const auto& address) {
        return tls_way(context, tls, name, address);
    });
    const std::chrono::nanoseconds second{std::chrono::seconds{1}};
    const auto frame = one_record(args);
    take_turns(ways, frame, second / args.number("--rate", 400),
               bench::clock::now() + std::chrono::milliseconds{args.number("--ms", 10'000)});
    std::vector<std::string> found;
    for (auto& one : ways) {
        found.push_back(fmt::format(R"("{}": {{"p50_us": {:.0f}, "p99_us": {:.0f}}})", one.name,
                                    one.taken.percentile(0.5), one.taken.percentile(0.99)));
    }
    fmt::print("{{{}}}\n", fmt::join(found, ", "));
}

}  // namespace

int main(int count, char** values) {
    return bkes::bench::run_program(count, values, run);
}
