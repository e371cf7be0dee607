#include "proxy/http/http_client.hpp"

#include "sync/net/net_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>
#include <sstream>

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
                                                std::chrono::milliseconds timeout) {
    boost::asio::io_context context{1};
    sync::net_stream stream{context.get_executor()};
    const auto question = text_of(from, target);
    boost::beast::flat_buffer received;
    http::response_parser<http::string_body> answer;
    answer.body_limit(body_bytes_max);
    std::optional<error_code> outcome;
    const auto unless_failed = [&outcome](auto next) {
        return [&outcome, next](const error_code& failed, auto&&...) {
            if (failed) {
                outcome = failed;
            } else {
                next();
            }
        };
    };
    stream.async_connect(
        from.host, from.port, timeout, unless_failed([&] {
            stream.async_write(boost::asio::buffer(question), unless_failed([&] {
                                   http::async_read(stream, received, answer,
                                                    [&outcome](const error_code& failed,
                                                               std::size_t) { outcome = failed; });
                               }));
        }));
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
