#pragma once
// One client connection and the one upstream connection that belongs to it.
//
//             client_reader                              upstream
//   client ----> read_buffer --> dispatch --> relay ------> broker
//     ^                             |                         |
//     |                             v  bkes' own work         v  upstream_reader
//     +----- flush <-------- answers owed (in order) <-+
//
// Both sockets live on one thread, and so does everything in here. Work elsewhere (an appender)
// keeps a weak_ptr and comes back by posting to `context()`; it then finds the session or nothing.
//
// A broker ends what is quiet for long (connections.max.idle.ms). A client that bkes serves by
// itself is no idle client, so its broker hears a sign of life now and then; and if the broker ends
// the connection all the same, what bkes owes is answered before the client's connection ends
// (endings.cpp).
//
// Back-pressure both ways: a request is read only while the list of owed answers has room and the
// upstream takes bytes; a response only while the client takes bytes. Nothing is queued without a
// bound and a full queue is never an error.

#include "proxy/config/config.hpp"
#include "proxy/session/answers_owed.hpp"
#include "proxy/session/client_patience.hpp"
#include "proxy/session/client_rights.hpp"
#include "proxy/session/disconnect.hpp"
#include "proxy/session/read_buffer.hpp"
#include "proxy/session/sasl_exchange.hpp"
#include "proxy/session/session_counts.hpp"
#include "proxy/session/store_read.hpp"
#include "sync/net/net_stream.hpp"
#include "sync/store_link.hpp"
#include "sync/types/busy_poll.hpp"
#include "sync/types/wait_ticket.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

struct listener_state;
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

/// A connection as it was accepted.
struct accepted_client {
    boost::asio::ip::tcp::socket socket;
    /// Where to connect to, tried in this order, for a client that by TLS asked for this host (or
    /// for none).
    std::function<std::vector<host_port>(std::string_view server_name)> find_upstreams;
    std::shared_ptr<void> place{};  ///< among the connections; held until the session is gone
};

class session : public std::enable_shared_from_this<session> {
  public:
    using tcp = boost::asio::ip::tcp;

    session(server_state& server, const listener_state& listener, boost::asio::io_context& context,
            accepted_client client);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    void start();

    /// Ends the session; `cause` names the reason in the log and the metrics.
    void close(disconnect cause, std::string_view detail = {});

    /// Stops reading requests, answers what is owed, then ends the connection (SIGTERM).
    void drain();

    [[nodiscard]] server_state& server() { return server_; }

    [[nodiscard]] const server_state& server() const { return server_; }

    /// The one that the client came through.
    [[nodiscard]] const listener_state& listener() const { return listener_; }

    [[nodiscard]] boost::asio::io_context& context() { return context_; }

    /// Of this context's thread.
    [[nodiscard]] sync::busy_poll& busy() { return busy_poll_; }

    /// For log lines: address and port.
    [[nodiscard]] const std::string& peer() const { return peer_; }

    /// Once for each request, however often it is in `dispatch`.
    void count(const client_request& request);

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

    /// Does the work that makes the answer `id` from the store: perhaps inside this call, or later.
    /// What a client doesn't read waits in the store, not in memory.
    void read(answer_id id, std::shared_ptr<store_read> work);

    /// The way to an instance that has a store, where there is none.
    [[nodiscard]] sync::store_link& store();

    /// Holds `work` for as long as the answer `id` is owed; its `bytes` count as the request's do.
    void keep(answer_id id, std::shared_ptr<void> work, std::size_t bytes);

    /// Holds the ticket that `watch` gives, unless this client waits for too many keys already.
    template <class Watch>
    sync::wait_ticket watch_key(Watch watch) {
        return *watched_keys_ < watched_keys_max ? count_watched(watch()) : nullptr;
    }

    /// Bytes of the upstream's response that wait for bkes' own part of the answer `id`: as long as
    /// they do, few other responses are taken.
    void hold_response_bytes(answer_id id, std::size_t count) { owed_.hold(id, count); }

    /// Gives the whole answer frame. To be called once for each id, at any time; late calls after
    /// the session has closed are ignored.
    void answer(answer_id id, bytes frame);

    /// Bytes of requests without an answer that bkes works on itself, as those with an answer count
    /// until it is given: while too many, no more requests are read.
    void hold_request_bytes(std::size_t count) {
        held_request_bytes_ += count;
        was_served_ = true;
    }

    void release_request_bytes(std::size_t count);

    /// A bare SASL token goes upstream, and one comes back.
    void expect_token();

    /// The last token gets no answer: a request follows it.
    void drop_unanswered_token() { owed_.drop_unanswered_token(); }

    sasl_exchange& sasl() { return sasl_; }

    /// As its requests name it; questions of bkes' own carry it too, as quotas go by it.
    void set_client_id(std::optional<bytes_view> client_id);

    /// Takes no further request for so long, as a broker mutes the channel of a client that is over its
    /// quota (KIP-219). What was taken goes on, and answers leave. For a request in `dispatch`.
    void mute(std::chrono::milliseconds time);

    // The client's rights (questions.cpp). ----------------------------------------------------------

    client_rights& rights() { return rights_; }

    /// From when on an answer about the client's rights counts for the request in `dispatch`.
    [[nodiscard]] client_rights::time_point request_waits_since() const {
        return request_waits_since_;
    }

    /// Asks for what `rights()` wants, and calls `known` then. The answer `id` can't be given
    /// before; if the broker can't be asked it never is, and the session ends.
    void ask_rights(answer_id id, client_rights::waiter known);

    /// What waited for the end of a login is asked.
    void login_answered();

  private:
    using awaitable = boost::asio::awaitable<void>;

    // ---- session.cpp
    awaitable run();
    boost::asio::awaitable<bool> connect_upstream();
    awaitable wait_for_progress();
    void progress();

    // ---- handshake.cpp
    boost::asio::awaitable<bool> shake_hands();

    // ---- requests.cpp
    awaitable client_reader();
    boost::asio::awaitable<bool> take_requests();
    boost::asio::awaitable<bool> read_more_from_client();
    awaitable write_upstream(bytes_view data);
    awaitable write_to_socket(bytes_view data);
    owed_answer& owe_entry(const client_request& request, std::size_t request_bytes = 0);
    [[nodiscard]] bool takes_requests() const;
    [[nodiscard]] bool may_take_request() const;

    // ---- questions.cpp
    awaitable await_rights();
    void ask_wanted_rights();
    void rights_answered(bytes_view frame);
    void write_own();

    // ---- loss.cpp
    void watch_client();
    awaitable wait_for_room();

    // ---- proof.cpp
    [[nodiscard]] bool is_announced_too_large(std::size_t frame_bytes) const;
    awaitable await_proof();
    void ask_for_proof();
    void note_proof(const owed_answer& answered);

    // ---- responses.cpp
    awaitable upstream_reader();
    boost::asio::awaitable<bool> take_large_response(const owed_answer& entry, std::size_t wanted);
    awaitable relay_fetch(relayed_fetch& fetch, std::size_t frame_bytes);
    awaitable stream_bytes(std::size_t count);
    boost::asio::awaitable<bool> read_more_from_upstream(std::size_t wanted);
    awaitable write_client_directly(bytes_view data);
    bool take_response(bytes_view frame);
    void flush_client();
    void join_small_answers();
    void count_answer(const owed_answer& entry, std::size_t bytes, std::chrono::nanoseconds inside);
    void client_written(const boost::system::error_code& failed);
    [[nodiscard]] bool may_take_response(const owed_answer& entry) const;
    [[nodiscard]] bool may_make_answer(const owed_answer& entry) const;
    [[nodiscard]] std::size_t unsent_bytes() const;

    // ---- reads.cpp
    sync::wait_ticket count_watched(sync::wait_ticket ticket);
    void start_reads();
    std::shared_ptr<store_read> take_next_read();
    void read_elsewhere(std::shared_ptr<store_read> work);
    void read_at_instance(std::shared_ptr<store_read> work);
    void finish_read(store_read& work);

    // ---- endings.cpp
    void keep_alive();
    void send_sign_of_life();
    bool take_sign_of_life(bytes_view frame);
    void upstream_ended();
    void end_if_drained();
    [[nodiscard]] bool is_refused() const;
    void linger();
    void end_client();
    void close_lingering();

    server_state& server_;
    const listener_state& listener_;
    session_counts& counts_;
    std::shared_ptr<std::atomic<std::int32_t>> open_sessions_;
    boost::asio::io_context& context_;
    sync::busy_poll& busy_poll_;
    sync::net_stream client_;
    sync::net_stream upstream_;
    std::function<std::vector<host_port>(std::string_view)> find_upstreams_;
    std::shared_ptr<void> place_;
    std::string peer_;

    read_buffer from_client_;
    read_buffer from_upstream_;
    bytes to_upstream_;  ///< frames of our own, sent after what was relayed before
    bytes own_on_its_way_;
    answers_owed owed_;
    std::deque<bytes> to_client_;  ///< frames that left `owed_`, being written
    std::size_t to_client_bytes_ = 0;
    std::size_t held_request_bytes_ = 0;
    sasl_exchange sasl_;
    client_rights rights_;
    client_rights::time_point request_waits_since_ = client_rights::time_point::max();
    std::string client_id_;

    struct queued_read {
        answer_id id;
        std::shared_ptr<store_read> work;
    };

    static constexpr std::size_t watched_keys_max = 2'000;
    /// A client whose broker can't be reached, or lets nobody in, comes back at once; this keeps it
    /// from spinning.
    static constexpr std::chrono::milliseconds refusal_delay{250};

    /// Shared with the tickets, which go with what the session keeps.
    std::shared_ptr<std::size_t> watched_keys_ = std::make_shared<std::size_t>(0);
    std::deque<queued_read> reads_;  ///< not begun yet
    std::shared_ptr<sync::store_link> store_;
    std::stop_source ended_;  ///< for work on other threads
    bool is_reading_ = false;
    bool will_start_reads_ = false;
    boost::asio::steady_timer progress_;  ///< cancelled whenever something made room
    boost::asio::steady_timer pulse_;     ///< for signs of life, and at last for the end
    boost::asio::steady_timer watch_;     ///< for the client's patience, and for its loss
    boost::asio::steady_timer mute_;      ///< until the next request is taken
    client_patience patience_;
    bool is_taking_response_ = false;
    bool client_write_in_progress_ = false;
    bool upstream_write_in_progress_ = false;
    bool reader_writes_ = false;      ///< or waits to: before it nothing else is written
    bool was_served_ = false;         ///< bkes worked for the client since the last pulse
    bool was_upstream_used_ = false;  ///< the broker heard something since the last pulse
    bool awaits_sign_of_life_ = false;
    bool is_muted_ = false;
    bool is_held_up_ = false;         ///< a request waits until others are answered
    bool looks_for_loss_ = false;     ///< `watch_` is set to look soon
    bool is_reading_client_ = false;  ///< until some bytes come
    bool has_client_spoken_ = false;
    bool has_upstream_spoken_ = false;
    bool is_upstream_broken_ = false;  ///< it takes nothing any more; what it sent may still come
    bool has_upstream_ended_ = false;
    bool is_lingering_ = false;
    bool connected_ = false;
    bool closed_ = false;
    bool draining_ = false;
};

}  // namespace bkes::proxy
