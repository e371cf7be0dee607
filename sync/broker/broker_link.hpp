#pragma once
// One connection to one broker: requests go out in the order of `send`, answers come back in the
// same order (Kafka's rule), any number of them under way.
//
// Belongs to the thread of its io_context. A link is used once: after the first failure (connection
// lost, timeout, an answer that makes no sense) every request under way fails, and so does each
// later one; its owner makes a new link. A failed request may have been executed by the broker or
// not, but for link_errc::not_sent.
//
// Where the brokers want it the link is under TLS and logs in before it is open, and again before the
// login is over (KIP-368). Such a login stands in line with the requests, and what is sent meanwhile
// is held until it is complete: a broker takes nothing else between a handshake and its end.
//
// Brokers end connections that are quiet for long (connections.max.idle.ms), and those of a machine
// that has gone end in nothing at all. `keep_alive` speaks now and then for the former, and finds
// the latter; `on_end` tells an owner who waits for nothing.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"
#include "protocol/errors.hpp"
#include "protocol/header.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bkes::sync {

class link_security;
class net_stream;
class sasl_client;

/// For what a broker answers from its memory. Then somebody else is asked, or the same again.
inline constexpr std::chrono::milliseconds small_answer_timeout{3'000};

struct broker_link_options {
    std::string host;
    std::uint16_t port = 0;
    std::string client_id;
    std::chrono::milliseconds connect_timeout{3'000};  ///< until it is open
    std::size_t response_bytes_max = std::size_t{256} << 20U;
    /// After so long without a request it sends one by itself (0: never).
    std::chrono::milliseconds keep_alive{0};
    std::shared_ptr<link_security> security{};  ///< null: plain, without a login
};

class broker_link : public std::enable_shared_from_this<broker_link> {
  public:
    /// The body of the answer, valid during the call.
    using body_handler = std::move_only_function<void(result<bytes_view>)>;
    using open_handler = std::move_only_function<void(std::error_code)>;
    using end_handler = std::move_only_function<void()>;

    broker_link(boost::asio::io_context& context, broker_link_options options);
    broker_link(const broker_link&) = delete;
    broker_link& operator=(const broker_link&) = delete;
    ~broker_link();

    /// Connects, asks for the broker's versions and logs in. Call it once, first. Never calls back
    /// inside.
    void open(open_handler opened);

    /// Ends the connection; what is under way fails with link_errc::closed (what of it was not
    /// written yet: not_sent), at once.
    void close();

    /// Called once when the link fails or is closed after it was open, behind what was under way.
    void on_end(end_handler ended) { ended_ = std::move(ended); }

    [[nodiscard]] bool is_open() const { return stage_ == stage::open; }

    [[nodiscard]] bool is_closed() const { return stage_ == stage::closed; }

    /// Requests sent and not yet answered.
    [[nodiscard]] std::size_t in_flight() const { return in_flight_.size() + held_.size(); }

    /// What the broker said when it refused the login, or why none was tried; empty: neither.
    [[nodiscard]] const std::string& refusal() const { return refusal_; }

    /// Until it logs in again, which a question that waits at the broker for longer would keep
    /// waiting.
    [[nodiscard]] std::chrono::milliseconds time_to_login() const;

    /// The highest version of an API that broker and `ours` share; -1 if there is none.
    [[nodiscard]] std::int16_t shared_version(std::int16_t api_key,
                                              protocol::version_range ours) const;

    /// Sends a request; `answered` gets the decoded answer or an error, never inside this call.
    template <class Response, class Request, class Handler>
    void call(const Request& request, std::int16_t version, std::chrono::milliseconds timeout,
              Handler answered);

    /// The same, undecoded.
    template <class Request>
    void call_raw(const Request& request, std::int16_t version, std::chrono::milliseconds timeout,
                  body_handler answered);

    /// `call` in the highest shared version of `ours`.
    template <class Response, class Request, class Handler>
    void call_latest(const Request& request, protocol::version_range ours,
                     std::chrono::milliseconds timeout, Handler answered);

  private:
    enum class stage : std::uint8_t { fresh, connecting, open, closed };

    struct pending_request {
        std::int32_t correlation_id;
        std::int16_t api_key;
        std::int16_t version;
        std::chrono::steady_clock::time_point deadline;
        body_handler answered;
    };

    struct api_versions {
        std::int16_t api_key;
        protocol::version_range versions;
    };

    template <class Request>
    result<void> append_frame(const Request& request, std::int16_t version, bytes& to) const;
    /// The request stands in the outbox, or is held; remembers who waits for its answer.
    void sent(std::int16_t api_key, std::int16_t version, std::chrono::milliseconds timeout,
              body_handler answered);
    void stands_in_outbox(pending_request request);
    void fail_later(std::error_code error, body_handler answered);

    // ---- broker_link_login.cpp
    void begin_login();
    void say_token(bytes_view token);
    void handshake_answered(result<bytes_view> body);
    void token_answered(result<bytes_view> body);
    void finish_login(std::chrono::milliseconds session_lifetime);
    void refuse_login(std::string_view why);
    template <class Request>
    void send_login_step(const Request& request, std::int16_t version,
                         void (broker_link::*answered)(result<bytes_view>));

    void connected(boost::system::error_code error);
    void secured(boost::system::error_code error);
    void ask_versions(std::int16_t version);
    void versions_answered(std::int16_t version, result<bytes_view> body);
    void become_open();
    void finish_open(std::error_code error);
    void write_more();
    void read_more();
    void take_frames();
    bool take_response(bytes_view frame);
    void watch();
    void stay_alive();
    void ask_for_a_sign();
    void fail(std::error_code error);

    boost::asio::io_context& context_;
    broker_link_options options_;
    std::unique_ptr<net_stream> stream_;
    boost::asio::steady_timer watchdog_;
    boost::asio::steady_timer quiet_timer_;
    boost::asio::steady_timer login_timer_;  ///< until the next login, if one is due
    stage stage_ = stage::fresh;
    open_handler opened_;
    end_handler ended_;
    std::chrono::steady_clock::time_point open_deadline_;
    std::vector<api_versions> versions_;
    std::int32_t next_correlation_id_ = 1;
    std::deque<pending_request> in_flight_;
    std::unique_ptr<sasl_client> login_;  ///< set: a login is under way
    std::deque<pending_request> held_;    ///< requests that wait for its end, and their bytes
    bytes held_bytes_;
    std::string refusal_;
    std::chrono::steady_clock::time_point last_sent_;
    bytes outbox_;            ///< gathered while `writing_` is on its way
    std::size_t unsent_ = 0;  ///< requests in it, the last ones of `in_flight_`
    bytes writing_;
    bool is_writing_ = false;
    bool is_watching_ = false;
    std::vector<char> inbox_;
    std::size_t inbox_filled_ = 0;
};

template <class Request>
void broker_link::call_raw(const Request& request, std::int16_t version,
                           std::chrono::milliseconds timeout, body_handler answered) {
    const auto added = append_frame(request, version, login_ ? held_bytes_ : outbox_);
    if (!added) {
        fail_later(added.error(), std::move(answered));
        return;
    }
    sent(Request::schema.key, version, timeout, std::move(answered));
}

template <class Request>
result<void> broker_link::append_frame(const Request& request, std::int16_t version,
                                       bytes& to) const {
    const protocol::request_header header{.version = version,
                                          .correlation_id = next_correlation_id_,
                                          .client_id = options_.client_id};
    return protocol::append_request_frame(header, request, to);
}

template <class Response, class Request, class Handler>
void broker_link::call(const Request& request, std::int16_t version,
                       std::chrono::milliseconds timeout, Handler answered) {
    call_raw(request, version, timeout,
             [version, answered = std::move(answered)](result<bytes_view> body) mutable {
                 if (!body) {
                     answered(result<Response>{failure{body.error()}});
                     return;
                 }
                 answered(protocol::decode<Response>(*body, version));
             });
}

template <class Response, class Request, class Handler>
void broker_link::call_latest(const Request& request, protocol::version_range ours,
                              std::chrono::milliseconds timeout, Handler answered) {
    const auto version = shared_version(Request::schema.key, ours);
    if (version < 0) {
        fail_later(make_error_code(protocol::protocol_errc::unsupported_version),
                   [answered = std::move(answered)](result<bytes_view> body) mutable {
                       answered(result<Response>{failure{body.error()}});
                   });
        return;
    }
    call<Response>(request, version, timeout, std::move(answered));
}

}  // namespace bkes::sync
