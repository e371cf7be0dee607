#pragma once
// One client connection and the one upstream connection that belongs to it.
//
//             client_reader                              upstream
//   client ----> read_buffer --> dispatch --> relay ------> broker
//     ^                             |                         |
//     |                             v  bkes' own work         v  upstream_reader
//     +----- flush <----------- inflight (answers in order) <-+
//
// Both sockets live on one thread, and so does everything in here. Work elsewhere (an appender)
// keeps a weak_ptr and comes back by posting to `context()`; it then finds the session or nothing.
//
// Back-pressure both ways: a request is read only while the list of owed answers has room and the
// upstream takes bytes; a response only while the client takes bytes. Nothing is queued without a
// bound and a full queue is never an error.

#include "proxy/config.hpp"
#include "proxy/disconnect.hpp"
#include "proxy/inflight.hpp"
#include "proxy/read_buffer.hpp"
#include "proxy/sasl_exchange.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

struct server_state;

/// A complete frame as it came from the client. Views into the read buffer: valid in `dispatch`.
struct client_request {
    std::int16_t api_key = 0;
    std::int16_t api_version = 0;
    std::int32_t correlation_id = 0;
    std::optional<bytes_view> client_id;
    bytes_view body;   ///< after the request header
    bytes_view frame;  ///< with its size prefix
};

class session : public std::enable_shared_from_this<session> {
  public:
    using tcp = boost::asio::ip::tcp;

    /// `upstreams`: where to connect to, tried in this order.
    session(server_state& server, boost::asio::io_context& context, tcp::socket client,
            std::vector<host_port> upstreams);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    void start();

    /// Ends the session; `cause` names the reason in the log and the metrics.
    void close(disconnect cause, std::string_view detail = {});

    /// Stops reading requests, answers what is owed, then closes (SIGTERM).
    void drain();

    [[nodiscard]] server_state& server() { return server_; }

    [[nodiscard]] boost::asio::io_context& context() { return context_; }

    /// For log lines: address and port.
    [[nodiscard]] const std::string& peer() const { return peer_; }

    // What handlers do with a request. ------------------------------------------------------------

    /// The request goes upstream as it came; `on_response`, if any, sees the answer first.
    void expect_upstream(const client_request& request, response_handler on_response = {});

    /// The same for a Fetch whose response names brokers at its end: `on_response` sees a small
    /// one, a large one is passed on while it arrives (relayed_fetch.hpp).
    void expect_fetch(const client_request& request, response_handler on_response);

    /// Sends `frame` upstream in place of the client's request, whose answer then comes from
    /// `on_response`.
    answer_id send_instead(const client_request& request, bytes_view frame,
                           response_handler on_response);

    /// As above, for a request that gets no answer (Produce with acks=0).
    void send_unanswered(bytes_view frame) { to_upstream_ += frame; }

    /// Owes the client an answer that bkes itself will give with `answer`.
    answer_id owe(const client_request& request);

    /// Runs `action`, which makes the answer `id` from the store, when an answer of any size has
    /// room: at once, later on this thread, or never if the session ends. Thus what a client
    /// doesn't read waits in the store and not in memory.
    void when_room(answer_id id, std::move_only_function<void()> action);

    /// Gives the whole answer frame. To be called once for each id, at any time; late calls after
    /// the session has closed are ignored.
    void answer(answer_id id, bytes frame);

    /// Bytes of requests without an answer that bkes works on itself, as those with an answer count
    /// until it is given: while too many, no more requests are read.
    void hold_request_bytes(std::size_t count) { held_request_bytes_ += count; }

    void release_request_bytes(std::size_t count);

    /// A bare SASL token goes upstream, and one comes back.
    void expect_token();

    sasl_exchange& sasl() { return sasl_; }

  private:
    using awaitable = boost::asio::awaitable<void>;

    awaitable run();
    boost::asio::awaitable<bool> connect_upstream();
    awaitable client_reader();
    awaitable upstream_reader();
    awaitable write_upstream(bytes_view data);
    boost::asio::awaitable<bool> take_large_response(const owed_answer& entry, std::size_t wanted);
    awaitable relay_fetch(relayed_fetch& fetch, std::size_t frame_bytes);
    awaitable stream_bytes(std::size_t count);
    boost::asio::awaitable<bool> read_more_from_upstream(std::size_t wanted);
    awaitable write_client_directly(bytes_view data);
    awaitable wait_for_progress();
    void progress();

    boost::asio::awaitable<bool> take_requests();
    boost::asio::awaitable<bool> read_more_from_client();
    bool take_response(bytes_view frame);
    owed_answer& owe_entry(const client_request& request, std::size_t request_bytes = 0);
    void flush_client();
    void end_if_drained();
    void client_written(const boost::system::error_code& failed);
    [[nodiscard]] bool may_take_request() const;
    [[nodiscard]] bool may_take_response(const owed_answer& entry) const;
    [[nodiscard]] bool may_make_answer(const owed_answer& entry) const;
    void use_room();
    [[nodiscard]] std::size_t unsent_bytes() const;

    server_state& server_;
    std::shared_ptr<std::atomic<std::int32_t>> open_sessions_;
    boost::asio::io_context& context_;
    tcp::socket client_;
    tcp::socket upstream_;
    std::vector<host_port> upstreams_;
    std::string peer_;

    read_buffer from_client_;
    read_buffer from_upstream_;
    bytes to_upstream_;  ///< frames of our own, sent after what was relayed before
    inflight inflight_;
    std::deque<bytes> to_client_;  ///< frames that left `inflight_`, being written
    std::size_t to_client_bytes_ = 0;
    std::size_t held_request_bytes_ = 0;
    sasl_exchange sasl_;

    struct waiting_answer {
        answer_id id;
        std::move_only_function<void()> make;
    };

    std::deque<waiting_answer> waiting_for_room_;
    bool will_use_room_ = false;
    boost::asio::steady_timer progress_;  ///< cancelled whenever something made room
    bool client_write_in_progress_ = false;
    bool connected_ = false;
    bool closed_ = false;
    bool draining_ = false;
};

}  // namespace bkes::proxy
