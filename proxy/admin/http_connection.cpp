#include "proxy/admin/http_connection.hpp"

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

namespace {

http_request request_of(const http::request<http::empty_body>& received) {
    const std::string_view target{received.target().data(), received.target().size()};
    const auto mark = std::min(target.find('?'), target.size());
    return {.path = std::string{target.substr(0, mark)},
            .query = std::string{target.substr(std::min(mark + 1, target.size()))}};
}

http_answer answer_to(const http_handler& handler,
                      const http::request<http::empty_body>& received) {
    if (received.method() != http::verb::get && received.method() != http::verb::head) {
        return {.status = 405, .body = "only GET and HEAD\n"};
    }
    try {
        return handler(request_of(received));
    } catch (...) {
        log_exception("an HTTP request", std::current_exception());
        return {.status = 500, .body = "the log says why\n"};
    }
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

std::string text_of(http_answer answer, bool keep_alive, bool is_head) {
    http::response<http::string_body> made{static_cast<http::status>(answer.status), 11};
    made.set(http::field::content_type, {answer.content_type.data(), answer.content_type.size()});
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    if (answer.status == 405) {
        made.set(http::field::allow, "GET, HEAD");
    }
    made.keep_alive(keep_alive);
    made.body() = std::move(answer.body);
    made.prepare_payload();
    std::ostringstream text;
    if (is_head) {
        text << made.base();
    } else {
        text << made;
    }
    return std::move(text).str();
}

}  // namespace

http_connection::http_connection(asio::ip::tcp::socket client, const http_handler& answer,
                                 std::chrono::milliseconds time_max)
    : stream_{std::move(client)},
      deadline_{stream_.get_executor()},
      answer_{answer},
      time_max_{time_max} {}

asio::awaitable<void> http_connection::serve() {
    while (co_await serve_one()) {
    }
    co_await end();
    deadline_.cancel();
    stream_.close();
}

/// False: that was the last one.
asio::awaitable<bool> http_connection::serve_one() {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_bytes_max);
    expect_progress();
    const auto [failed, count] =
        co_await http::async_read(stream_, received_, parser, asio::as_tuple(asio::use_awaitable));
    const auto& received = parser.get();
    const auto refused = failed ? status_of(failed) : 0;
    if (failed && refused == 0) {
        co_return false;
    }
    const bool goes_on = !failed && received.keep_alive();
    auto answer = failed ? http_answer{.status = refused, .body = failed.message() + "\n"}
                         : answer_to(answer_, received);
    const auto text =
        text_of(std::move(answer), goes_on, !failed && received.method() == http::verb::head);
    expect_progress();
    const auto [broken, written] =
        co_await stream_.async_write(asio::buffer(text), asio::as_tuple(asio::use_awaitable));
    co_return !broken && goes_on;
}

/// What the client still sends is taken, or the kernel would drop our last answer with it.
asio::awaitable<void> http_connection::end() {
    constexpr std::size_t dropped_bytes_max = std::size_t{64} << 10U;
    co_await stream_.async_end_writing(asio::use_awaitable);
    if (stream_.is_tls()) {
        co_return;
    }
    for (std::size_t dropped = 0; dropped < dropped_bytes_max;) {
        received_.clear();
        const auto [ended, count] = co_await stream_.async_read_some(
            received_.prepare(header_bytes_max), asio::as_tuple(asio::use_awaitable));
        if (ended) {
            co_return;
        }
        dropped += count;
    }
}

void http_connection::expect_progress() {
    deadline_.expires_after(time_max_);
    deadline_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->stream_.close();
        }
    });
}

}  // namespace bkes::proxy
