#include "proxy/http/http_connection.hpp"

#include "proxy/log/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <sstream>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

/// As it came, or with why it is none.
struct http_connection::received_request {
    http_request request{};
    std::optional<http_answer> refusal{};
    bool keep_alive = false;
    bool is_head = false;
};

namespace {

constexpr auto resume_http = asio::as_tuple(asio::use_awaitable);

std::string_view as_std(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

http_request request_of(const http::request<http::empty_body>& received) {
    const auto target = as_std(received.target());
    const auto mark = std::min(target.find('?'), target.size());
    const auto field = [&received](auto name) { return std::string{as_std(received[name])}; };
    return {.path = std::string{target.substr(0, mark)},
            .query = std::string{target.substr(std::min(mark + 1, target.size()))},
            .host = field(http::field::host),
            .authorization = field(http::field::authorization),
            .last_event_id = field("Last-Event-ID")};
}

/// What can be told somebody whose request isn't HTTP, or too large. 0: nothing, it is gone.
unsigned status_of(const error_code& failed) {
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
        return 431;
    }
    if (failed == http::error::unexpected_body || failed == http::error::body_limit) {
        return 413;
    }
    const bool is_of_http =
        failed.category() == http::make_error_code(http::error::end_of_stream).category();
    return is_of_http && failed != http::error::end_of_stream &&
                   failed != http::error::partial_message
               ? 400
               : 0;
}

template <class Message>
std::string text_of(const Message& made) {
    std::ostringstream text;
    text << made;
    return std::move(text).str();
}

/// What is said before the body. `Body` is Beast's.
template <class Body>
http::response<Body> response_to(const http_answer& answer, bool keep_alive) {
    http::response<Body> made{static_cast<http::status>(answer.status), 11};
    made.set(http::field::content_type, {answer.content_type.data(), answer.content_type.size()});
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : answer.headers) {
        made.set(boost::beast::string_view{name.data(), name.size()}, value);
    }
    made.keep_alive(keep_alive);
    return made;
}

std::string whole_text(http_answer answer, bool keep_alive, bool is_head) {
    auto made = response_to<http::string_body>(answer, keep_alive);
    made.body() = std::move(answer.body);
    made.prepare_payload();
    return is_head ? text_of(made.base()) : text_of(made);
}

}  // namespace

http_connection::http_connection(asio::ip::tcp::socket client, http_service& service,
                                 std::optional<sync::tls_context> tls)
    : stream_{std::move(client)},
      deadline_{stream_.get_executor()},
      tls_{std::move(tls)},
      service_{service} {}

asio::awaitable<void> http_connection::serve() {
    bool goes_on = co_await shake_hands();
    while (goes_on) {
        goes_on = co_await serve_one();
    }
    expect_progress();
    co_await end();
    deadline_.cancel();
    stream_.close();
}

asio::awaitable<bool> http_connection::shake_hands() {
    if (!tls_) {
        error_code ignored;
        stream_.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
        co_return true;
    }
    expect_progress();
    const auto [failed] =
        co_await stream_.async_handshake(*tls_, stream_.get_executor(), resume_http);
    co_return !failed;
}

/// False: that was the last one.
asio::awaitable<bool> http_connection::serve_one() {
    auto received = co_await receive();
    if (!received) {
        co_return false;
    }
    deadline_.cancel();
    auto answer = co_await answer_to(*received);
    if (answer.stream && !received->is_head) {
        received.reset();
        co_await send_stream(answer);
        co_return false;
    }
    const bool goes_on = received->keep_alive && !answer.stream;
    const auto text = whole_text(std::move(answer), goes_on, received->is_head);
    const bool is_taken = co_await send(text);
    co_return is_taken&& goes_on;
}

asio::awaitable<std::optional<http_connection::received_request>> http_connection::receive() {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_bytes_max);
    expect_progress();
    const auto [failed, count] = co_await http::async_read(stream_, received_, parser, resume_http);
    if (failed) {
        const auto status = status_of(failed);
        if (status == 0) {
            co_return std::nullopt;
        }
        co_return received_request{
            .refusal = http_answer{.status = status, .body = failed.message() + "\n"}};
    }
    const auto& message = parser.get();
    received_request received{.request = request_of(message),
                              .keep_alive = message.keep_alive(),
                              .is_head = message.method() == http::verb::head};
    if (message.method() != http::verb::get && !received.is_head) {
        received.refusal = http_answer{
            .status = 405, .body = "only GET and HEAD\n", .headers = {{"Allow", "GET, HEAD"}}};
    } else if (service_.is_crowded()) {
        received.refusal = http_answer{.status = 503,
                                       .body = "clients leave too many answers unread\n",
                                       .headers = {{"Retry-After", "1"}}};
    }
    co_return received;
}

asio::awaitable<http_answer> http_connection::answer_to(received_request& received) {
    if (received.refusal) {
        co_return std::move(*received.refusal);
    }
    try {
        co_return co_await service_.answer(std::move(received.request));
    } catch (...) {
        log_exception("an HTTP request", std::current_exception());
    }
    co_return http_answer{.status = 500, .body = "the log says why\n"};
}

asio::awaitable<bool> http_connection::send(std::string_view text) {
    expect_progress();
    service_.unsent_bytes += text.size();
    const auto [broken, written] = co_await stream_.async_write(asio::buffer(text), resume_http);
    service_.unsent_bytes -= text.size();
    co_return !broken;
}

/// The head, and then whatever the answer's own stream writes. The body ends with the connection.
asio::awaitable<void> http_connection::send_stream(const http_answer& answer) {
    received_.clear();
    received_.shrink_to_fit();
    if (!co_await write(text_of(response_to<http::empty_body>(answer, false).base()))) {
        co_return;
    }
    watch_for_end();
    try {
        co_await answer.stream(*this);
    } catch (...) {
        log_exception("an HTTP stream", std::current_exception());
    }
    on_gone_ = {};
}

asio::awaitable<bool> http_connection::write(std::string_view data) {
    if (is_gone_) {
        co_return false;
    }
    const bool is_taken = co_await send(data);
    deadline_.cancel();
    if (!is_taken) {
        gone();
    }
    co_return is_taken;
}

/// Who is told a stream has nothing to say; that the read ends shows that he is gone.
void http_connection::watch_for_end() {
    is_watched_ = true;
    stream_.async_read_some(asio::buffer(&unwanted_, 1),
                            [self = shared_from_this()](const error_code& failed, std::size_t) {
                                if (failed) {
                                    self->gone();
                                } else {
                                    self->watch_for_end();
                                }
                            });
}

void http_connection::gone() {
    is_gone_ = true;
    if (const auto told = std::exchange(on_gone_, {})) {
        told();
    }
}

/// What the client still sends is taken, or the kernel would drop our last answer with it.
asio::awaitable<void> http_connection::end() {
    constexpr std::size_t dropped_bytes_max = std::size_t{64} << 10U;
    co_await stream_.async_end_writing(asio::use_awaitable);
    if (stream_.is_tls() || is_watched_) {
        co_return;
    }
    for (std::size_t dropped = 0; dropped < dropped_bytes_max;) {
        received_.clear();
        const auto [ended, count] =
            co_await stream_.async_read_some(received_.prepare(header_bytes_max), resume_http);
        if (ended) {
            co_return;
        }
        dropped += count;
    }
}

void http_connection::expect_progress() {
    deadline_.expires_after(service_.limits.time_max);
    deadline_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->stream_.close();
        }
    });
}

}  // namespace bkes::proxy
