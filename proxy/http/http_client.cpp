#include "proxy/http/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <sstream>
#include <tuple>
#include <utility>

namespace bkes::proxy {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint64_t body_bytes_max = std::uint64_t{16} << 20U;

std::string text_of(const host_port& to, const std::string& target) {
    http::request<http::empty_body> made{http::verb::get, target, 11};
    made.set(http::field::host, to_string(to));
    made.set(http::field::user_agent, "bkes/" BKES_VERSION);
    made.keep_alive(false);
    std::ostringstream text;
    text << made;
    return std::move(text).str();
}

/// All that stays in place while the question is under way.
struct http_question {
    const host_port& from;
    std::chrono::milliseconds timeout;
    const std::optional<sync::tls_client>& tls;
    std::string text;
    sync::net_stream stream;
    boost::beast::flat_buffer received{};
    http::response_parser<http::string_body> answer{};
};

boost::asio::awaitable<error_code> ask(http_question& of) {
    constexpr auto resume = boost::asio::as_tuple(boost::asio::use_awaitable);
    auto [failed] =
        co_await of.stream.async_connect(of.from.host, of.from.port, of.timeout, resume);
    if (!failed && of.tls) {
        std::tie(failed) = co_await of.stream.async_handshake(*of.tls, of.from.host, resume);
    }
    if (!failed) {
        const auto [broken, written] =
            co_await of.stream.async_write(boost::asio::buffer(of.text), resume);
        failed = broken;
    }
    if (!failed) {
        const auto [cut, count] =
            co_await http::async_read(of.stream, of.received, of.answer, resume);
        failed = cut;
    }
    co_return failed;
}

}  // namespace

std::expected<http_reply, std::string> http_get(const host_port& from, const std::string& target,
                                                std::chrono::milliseconds timeout,
                                                const std::optional<sync::tls_client>& tls) {
    boost::asio::io_context context{1};
    http_question question{.from = from,
                           .timeout = timeout,
                           .tls = tls,
                           .text = text_of(from, target),
                           .stream = sync::net_stream{context.get_executor()}};
    question.answer.body_limit(body_bytes_max);
    std::optional<error_code> outcome;
    boost::asio::co_spawn(context, ask(question),
                          [&outcome](const std::exception_ptr& thrown, const error_code& failed) {
                              outcome =
                                  thrown ? make_error_code(boost::asio::error::no_memory) : failed;
                          });
    context.run_for(timeout);
    if (!outcome) {
        return std::unexpected{std::string{"no answer in time"}};
    }
    if (*outcome) {
        return std::unexpected{outcome->message()};
    }
    auto& answer = question.answer.get();
    return http_reply{.status = answer.result_int(), .body = std::move(answer.body())};
}

}  // namespace bkes::proxy
