#include "proxy/dial.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>

namespace bkes::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

/// Most brokers are configured by address; the resolver would start a thread for them.
std::optional<tcp::endpoint> numeric(const host_port& address) {
    error_code failed;
    const auto host = asio::ip::make_address(address.host, failed);
    return failed ? std::nullopt : std::optional{tcp::endpoint{host, address.port}};
}

}  // namespace

asio::awaitable<error_code> dial(tcp::socket& socket, const host_port& address,
                                 std::chrono::milliseconds limit) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto timed_out = std::make_shared<bool>(false);
    asio::steady_timer deadline{executor, limit};
    deadline.async_wait([&socket, &resolver, timed_out](const error_code& cancelled) {
        if (!cancelled) {
            *timed_out = true;
            resolver.cancel();
            error_code ignored;
            socket.close(ignored);
        }
    });

    error_code failed;
    if (const auto known = numeric(address)) {
        std::tie(failed) = co_await socket.async_connect(*known, token);
    } else {
        auto [unresolved, found] =
            co_await resolver.async_resolve(address.host, std::to_string(address.port), token);
        failed = unresolved;
        if (!failed && !*timed_out) {
            auto [unconnected, chosen] = co_await asio::async_connect(socket, found, token);
            failed = unconnected;
        }
    }
    // The timer's handler refers to this frame only until `cancel` has returned 1, or has run.
    deadline.cancel();
    if (*timed_out) {
        co_return asio::error::timed_out;
    }
    if (failed) {
        error_code ignored;
        socket.close(ignored);
    }
    co_return failed;
}

}  // namespace bkes::proxy
