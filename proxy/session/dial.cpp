#include "proxy/session/dial.hpp"

#include "sync/net/connect_in_turn.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bkes::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

enum class progress : std::uint8_t { dialling, timed_out, done };

constexpr auto resume = asio::as_tuple(asio::use_awaitable);

/// Most brokers are configured by address; the resolver would start a thread for them.
std::optional<tcp::endpoint> numeric(const host_port& address) {
    error_code failed;
    const auto host = asio::ip::make_address(address.host, failed);
    return failed ? std::nullopt : std::optional{tcp::endpoint{host, address.port}};
}

}  // namespace

asio::awaitable<error_code> dial(sync::net_stream& stream, const host_port& address,
                                 const std::optional<sync::tls_client>& tls,
                                 std::chrono::milliseconds limit) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    // Shared with the timer's handler, which may be queued already when the connection is there: it
    // can't be cancelled then, and runs when this frame is gone.
    const auto now = std::make_shared<progress>(progress::dialling);
    asio::steady_timer deadline{executor, limit};
    deadline.async_wait([&stream, &resolver, now](const error_code& cancelled) {
        if (!cancelled && *now == progress::dialling) {
            *now = progress::timed_out;
            resolver.cancel();
            stream.close();
        }
    });

    auto& socket = stream.socket();
    error_code failed;
    std::vector<tcp::endpoint> addresses;
    if (const auto known = numeric(address)) {
        addresses.push_back(*known);
    } else {
        const auto [unresolved, found] =
            co_await resolver.async_resolve(address.host, std::to_string(address.port), resume);
        failed = unresolved;
        addresses = sync::endpoints_of(found);
    }
    if (!failed && *now == progress::dialling) {
        std::tie(failed) =
            co_await sync::async_connect_in_turn(socket, std::move(addresses), limit, resume);
    }
    if (!failed && *now == progress::dialling) {
        socket.set_option(tcp::no_delay{true}, failed);
        if (tls) {
            std::tie(failed) = co_await stream.async_handshake(*tls, address.host, resume);
        }
    }
    deadline.cancel();
    if (std::exchange(*now, progress::done) == progress::timed_out) {
        co_return asio::error::timed_out;
    }
    if (failed) {
        stream.close();
    }
    co_return failed;
}

}  // namespace bkes::proxy
