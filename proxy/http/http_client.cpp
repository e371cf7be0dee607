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

}  // namespace

std::expected<http_reply, std::string> http_get(const host_port& from, const std::string& target,
                                                std::chrono::milliseconds timeout,
                                                const std::optional<sync::tls_client>& tls) {
    constexpr auto resume = boost::asio::as_tuple(boost::asio::use_awaitable);
    boost::asio::io_context context{1};
    sync::net_stream stream{context.get_executor()};
    const auto question = text_of(from, target);
    boost::beast::flat_buffer received;
    http::response_parser<http::string_body> answer;
    answer.body_limit(body_bytes_max);
    std::optional<error_code> outcome;
    const auto exchange = [&]() -> boost::asio::awaitable<error_code> {
        auto [failed] = co_await stream.async_connect(from.host, from.port, timeout, resume);
        if (!failed && tls) {
            std::tie(failed) = co_await stream.async_handshake(*tls, from.host, resume);
        }
        if (!failed) {
            const auto [broken, written] =
                co_await stream.async_write(boost::asio::buffer(question), resume);
            failed = broken;
        }
        if (!failed) {
            const auto [cut, count] = co_await http::async_read(stream, received, answer, resume);
            failed = cut;
        }
        co_return failed;
    };
    boost::asio::co_spawn(
        context, exchange, [&outcome](const std::exception_ptr& thrown, const error_code& failed) {
            outcome = thrown ? make_error_code(boost::asio::error::no_memory) : failed;
        });
    context.run_for(timeout);
    if (!outcome) {
        return std::unexpected{std::string{"no answer in time"}};
    }
    if (*outcome) {
        return std::unexpected{outcome->message()};
    }
    return http_reply{.status = answer.get().result_int(), .body = std::move(answer.get().body())};
}

}  // namespace bkes::proxy
