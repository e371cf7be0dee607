#pragma once
// A session between a client and a broker that a test plays, all three on real sockets of one
// io_context, which the test's thread runs until something holds. The guarded topics are never
// started: nothing is ready, and nothing is guarded but the names.
//
// What bkes asks the broker about the client's rights is answered by itself, unless a test wants
// to see it: everything is allowed but what `operations` forbids.

#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/messages/metadata.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"
#include "sync/stored_topics.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace bkes::proxy::tests {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A store in which nothing was ever written.
class empty_store : public store::event_store {
  public:
    using topic_partition = store::topic_partition;

    result<store::apply_report> apply(topic_partition, std::span<const store::new_event>,
                                      const store::log_position&) override {
        return store::apply_report{};
    }

    result<std::optional<store::aggregate_head>> find_head(bytes_view, bytes_view) override {
        return std::nullopt;
    }

    result<std::vector<store::aggregate_head>> find_heads(bytes_view, bytes_view) override {
        return std::vector<store::aggregate_head>{};
    }

    result<void> read_aggregate(bytes_view, bytes_view, store::read_direction,
                                const store::head_visitor& start,
                                const store::event_visitor&) override {
        static_cast<void>(start(std::nullopt));
        return {};
    }

    result<void> read_events(topic_partition, bytes_view, event_order,
                             const store::event_visitor&) override {
        return {};
    }

    result<std::vector<store::listed_key>> list_keys(bytes_view, bytes_view,
                                                     std::optional<bytes_view>, std::size_t,
                                                     std::size_t) override {
        return std::vector<store::listed_key>{};
    }

    result<std::optional<store::log_position>> position(topic_partition) override {
        return std::nullopt;
    }

    std::vector<partition_id> partitions(bytes_view) override { return {}; }

    result<void> drop_before(topic_partition, log_offset) override { return {}; }

    result<void> truncate(topic_partition, const store::log_position&) override { return {}; }

    result<void> drop_partition(topic_partition) override { return {}; }

    result<void> begin_fill(std::uint64_t) override { return {}; }

    result<void> end_fill() override { return {}; }

    result<void> flush() override { return {}; }

    store::checkpoint_outcome checkpoint(const std::string&) override {
        return std::unexpected{std::string{"nothing is here"}};
    }

    void interrupt() override {}

    [[nodiscard]] store::store_figures figures() const override { return {}; }
};

/// One end that the test plays.
class peer : public std::enable_shared_from_this<peer> {
  public:
    explicit peer(tcp::socket socket) : socket_{std::move(socket)} {}

    void read_on() {
        if (is_reading_ || is_closed) {
            return;
        }
        is_reading_ = true;
        socket_.async_read_some(asio::buffer(buffer_),
                                [self = shared_from_this()](auto failed, std::size_t count) {
                                    self->is_reading_ = false;
                                    self->received.append(self->buffer_.data(), count);
                                    self->is_closed = self->is_closed || failed;
                                    self->closed_with = failed;
                                    if (!self->is_paused) {
                                        self->read_on();
                                    }
                                });
    }

    void send(bytes data) {
        unsent.append(data);
        write_on();
    }

    /// The first whole frame received, which leaves `received`.
    std::optional<bytes> take_frame() {
        if (received.size() < protocol::frame_prefix_size) {
            return std::nullopt;
        }
        const auto size = protocol::frame_prefix_size +
                          protocol::read_frame_size(bytes_view{received}.substr(0, 4), ~0U).bytes;
        if (received.size() < size) {
            return std::nullopt;
        }
        bytes frame = received.substr(0, size);
        received.erase(0, size);
        return frame;
    }

    void close() { socket_.close(); }

    tcp::socket& socket() { return socket_; }

    bytes received;
    bytes unsent;
    bool is_closed = false;
    boost::system::error_code closed_with;
    bool is_paused = false;

  private:
    void write_on() {
        if (is_writing_ || unsent.empty() || !socket_.is_open()) {
            return;
        }
        is_writing_ = true;
        socket_.async_write_some(asio::buffer(unsent),
                                 [self = shared_from_this()](auto failed, std::size_t count) {
                                     self->is_writing_ = false;
                                     self->unsent.erase(0, count);
                                     if (!failed) {
                                         self->write_on();
                                     }
                                 });
    }

    tcp::socket socket_;
    std::array<char, std::size_t{64} << 10U> buffer_{};
    bool is_reading_ = false;
    bool is_writing_ = false;
};

/// Keeps the lines of the log while it lives.
class log_lines {
  public:
    log_lines() : before_{spdlog::default_logger()} {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
    }

    log_lines(const log_lines&) = delete;
    log_lines& operator=(const log_lines&) = delete;

    ~log_lines() { spdlog::set_default_logger(before_); }

    [[nodiscard]] std::size_t count(std::string_view word) const {
        const auto text = text_.str();
        std::size_t found = 0;
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
            ++found;
        }
        return found;
    }

    [[nodiscard]] std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

struct session_world {
    static constexpr std::uint16_t port_base = 20'000;
    static constexpr std::int32_t bkes_node = 1'000'000'000;
    static constexpr std::int32_t all_operations = 0xdf8;
    static constexpr std::int16_t question_version = 8;

    /// `rights_for`: how long rights are remembered.
    explicit session_world(std::chrono::milliseconds keep_alive = {},
                           std::chrono::milliseconds rights_for = std::chrono::seconds{10},
                           client_patience::limits patience = client_patience::limits{
                               .request_max = std::chrono::minutes{1},
                               .idle_max = std::chrono::minutes{10}}) {
        server.settings.keep_alive = keep_alive;
        server.settings.authorize_cache = rights_for;
        server.settings.request_max = patience.request_max;
        server.settings.idle_max = patience.idle_max;
        const auto broker = acceptor.local_endpoint();
        connect({host_port{broker.address().to_string(), broker.port()}});
        acceptor.async_accept([this](auto failed, tcp::socket socket) {
            BOOST_REQUIRE(!failed);
            upstream = std::make_shared<peer>(std::move(socket));
            upstream->read_on();
        });
        BOOST_REQUIRE(run_until([this] { return upstream != nullptr; }));
    }

    /// With nobody behind `upstreams`.
    explicit session_world(std::vector<host_port> upstreams) { connect(std::move(upstreams)); }

    session_world(const session_world&) = delete;
    session_world& operator=(const session_world&) = delete;

    ~session_world() {
        if (const auto alive = tested.lock()) {
            alive->close(disconnect::shutting_down);
        }
        client->close();
        if (upstream) {
            upstream->close();
        }
        run_until([this] { return tested.expired(); });
        BOOST_CHECK(tested.expired());
        BOOST_CHECK_EQUAL(server.open_sessions->load(), 0);
    }

    /// Runs everything until `holds`; false if it doesn't within some seconds.
    template <class Condition>
    bool run_until(Condition holds) {
        return run_for(std::chrono::seconds{10}, holds);
    }

    template <class Condition>
    bool run_for(std::chrono::milliseconds limit, Condition holds) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            context.restart();
            context.run_one_for(std::chrono::milliseconds{20});
            answer_question();
        }
        return true;
    }

    /// Runs everything until nothing moves any more.
    void settle() {
        constexpr int quiet_rounds = 200;
        for (int quiet = 0; quiet < quiet_rounds; ++quiet) {
            context.restart();
            if (context.poll() > 0) {
                quiet = 0;
            }
            answer_question();
        }
    }

    /// The topics that the next frame at the broker asks the client's rights to; else nothing.
    [[nodiscard]] std::vector<std::string> topics_in_question() const {
        const auto& received = upstream->received;
        std::vector<std::string> topics;
        if (!is_question(received)) {
            return topics;
        }
        const auto view = protocol::decode_request_header(
            bytes_view{received}.substr(protocol::frame_prefix_size));
        const auto question =
            protocol::decode<protocol::metadata_request>(view->body, view->header.version);
        BOOST_REQUIRE(question);
        BOOST_TEST(!question->allow_auto_topic_creation);
        BOOST_TEST(question->include_topic_authorized_operations);
        for (const auto& topic : *question->topics) {
            topics.emplace_back(*topic.name);
        }
        return topics;
    }

    /// Answers it, if the next frame at the broker is a question.
    void answer_question_now() {
        const auto topics = topics_in_question();
        if (topics.empty()) {
            return;
        }
        ++questions_answered;
        upstream->take_frame();
        protocol::metadata_response answer;
        for (const auto& name : topics) {
            const auto forbidden = operations.find(name);
            auto& topic = answer.topics.emplace_back();
            topic.name = name;
            topic.topic_authorized_operations =
                forbidden == operations.end() ? all_operations : forbidden->second;
        }
        bytes frame;
        BOOST_REQUIRE(
            protocol::append_response_frame(rights_question_id, question_version, answer, frame));
        upstream->send(std::move(frame));
    }

    void send_in_single_bytes(peer& from, bytes_view data) {
        for (const char byte : data) {
            from.send(bytes(1, byte));
            settle_briefly();
        }
    }

    /// The next whole frame that reaches `to`; empty if none comes.
    bytes frame_at(peer& to) {
        std::optional<bytes> frame;
        run_until([&] { return (frame = to.take_frame()).has_value() || to.is_closed; });
        return frame.value_or(bytes{});
    }

    bytes at_client() { return frame_at(*client); }

    bytes at_broker() { return frame_at(*upstream); }

    bool is_client_closed() {
        return run_until([this] { return client->is_closed; });
    }

    /// Sends a request and takes what the broker gets for it.
    bytes forward(bytes request) {
        client->send(std::move(request));
        return at_broker();
    }

    log_lines log;
    asio::io_context context{1};
    std::array<asio::io_context*, 1> contexts{&context};
    empty_store store;
    sync::stored_topics guarded{guarded_options(), store, contexts};
    broker_directory brokers{{.listeners = {{.name = "OTHER",
                                             .advertised = {"other-host", 1'192},
                                             .port_base = 1'200,
                                             .port_count = 100},
                                            {.name = "TESTED",
                                             .advertised = {"bkes-host", 19'192},
                                             .port_base = port_base,
                                             .port_count = 100}},
                              .bkes_node = node_id{bkes_node},
                              .file = "/dev/null"},
                             [](std::size_t, node_id, std::uint16_t port) { return port; }};
    listener_state listener{.name = "TESTED", .brokers = {brokers, 1}};
    server_state server{.settings = {.frame_bytes_max = std::size_t{16} << 20U,
                                     .hold = std::chrono::milliseconds{50},
                                     .batch_bytes_max = std::size_t{1} << 20U,
                                     .bkes_node = node_id{bkes_node}},
                        .key_topics = key_topic_names{{"orders"}},
                        .key_ids = key_topic_ids{},
                        .guarded = guarded,
                        .handshakes = context.get_executor()};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    std::shared_ptr<peer> client;
    std::shared_ptr<peer> upstream;
    std::weak_ptr<session> tested;
    bool answers_questions = true;
    std::map<std::string, std::int32_t, std::less<>> operations;  ///< of topics with fewer than all
    int questions_answered = 0;

  private:
    static bool is_question(bytes_view received) {
        const auto size = protocol::frame_prefix_size;
        if (received.size() < size ||
            received.size() <
                size + protocol::read_frame_size(received.substr(0, size), ~0U).bytes) {
            return false;
        }
        const auto start = protocol::peek_request_header(received.substr(size));
        return start && start->correlation_id == rights_question_id;
    }

    void answer_question() {
        if (answers_questions && upstream) {
            answer_question_now();
        }
    }

    static sync::guarded_topics_options guarded_options() {
        sync::guarded_topics_options options;
        options.access.bootstrap_servers = "127.0.0.1:1";
        options.topics = {"orders"};
        return options;
    }

    void connect(std::vector<host_port> upstreams) {
        tcp::acceptor port{context, {asio::ip::address_v4::loopback(), 0}};
        tcp::socket socket{context};
        socket.connect(port.local_endpoint());
        client = std::make_shared<peer>(std::move(socket));
        client->read_on();
        const auto fresh = std::make_shared<session>(
            server, listener, context,
            accepted_client{port.accept(), [to = std::move(upstreams)](auto) { return to; }});
        tested = fresh;
        fresh->start();
    }

    void settle_briefly() {
        for (int round = 0; round < 3; ++round) {
            context.restart();
            context.poll();
        }
    }
};

/// A request of any API with any bytes for a body.
inline bytes opaque_request(std::int16_t api_key, std::int16_t version, std::int32_t correlation_id,
                            bytes_view body) {
    bytes frame(protocol::frame_prefix_size, '\0');
    BOOST_REQUIRE(protocol::append_request_header({.key = api_key,
                                                   .version = version,
                                                   .correlation_id = correlation_id,
                                                   .client_id = "tester",
                                                   .unknown_tags = {}},
                                                  frame));
    frame += body;
    protocol::close_frame(frame, 0);
    return frame;
}

/// A response whose header has no tagged fields.
inline bytes opaque_response(std::int32_t correlation_id, bytes_view body) {
    bytes frame(protocol::frame_prefix_size, '\0');
    for (int shift = 24; shift >= 0; shift -= 8) {
        frame.push_back(static_cast<char>(static_cast<std::uint32_t>(correlation_id) >> shift));
    }
    frame += body;
    protocol::close_frame(frame, 0);
    return frame;
}

template <class Request>
bytes request_frame(std::int16_t version, std::int32_t correlation_id, const Request& request) {
    bytes frame;
    BOOST_REQUIRE(protocol::append_request_frame({.version = version,
                                                  .correlation_id = correlation_id,
                                                  .client_id = "tester",
                                                  .unknown_tags = {}},
                                                 request, frame));
    return frame;
}

template <class Response>
bytes response_frame(std::int16_t version, std::int32_t correlation_id, const Response& response) {
    bytes frame;
    BOOST_REQUIRE(protocol::append_response_frame(correlation_id, version, response, frame));
    return frame;
}

/// Views point into `frame`.
template <class Response>
Response decoded_response(std::int16_t version, std::int32_t correlation_id, bytes_view frame) {
    BOOST_REQUIRE_GT(frame.size(), protocol::frame_prefix_size);
    const auto view =
        protocol::decode_response_header(frame.substr(protocol::frame_prefix_size),
                                         *protocol::find_api(Response::schema.key), version);
    BOOST_REQUIRE(view);
    BOOST_REQUIRE_EQUAL(view->correlation_id, correlation_id);
    auto response = protocol::decode<Response>(view->body, version);
    BOOST_REQUIRE(response);
    return std::move(*response);
}

template <class Request>
Request decoded_request(bytes_view frame) {
    BOOST_REQUIRE_GT(frame.size(), protocol::frame_prefix_size);
    const auto view = protocol::decode_request_header(frame.substr(protocol::frame_prefix_size));
    BOOST_REQUIRE(view);
    auto request = protocol::decode<Request>(view->body, view->header.version);
    BOOST_REQUIRE(request);
    return std::move(*request);
}

}  // namespace bkes::proxy::tests
