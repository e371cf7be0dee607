// session: a client's TLS handshake, before anything else happens for it.

#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"
#include "sync/net/tls_errors.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A client has its place among the connections meanwhile.
constexpr auto handshake_max = std::chrono::seconds{10};

enum class handshake : std::uint8_t { under_way, late, done };

}  // namespace

/// False: the session is closed.
asio::awaitable<bool> session::shake_hands() {
    // Shared with the timer's handler, which may be queued already when the handshake is done.
    const auto now = std::make_shared<handshake>(handshake::under_way);
    asio::steady_timer limit{context_, handshake_max};
    limit.async_wait([weak = weak_from_this(), now](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self && *now == handshake::under_way) {
            *now = handshake::late;
            self->client_.close();
        }
    });
    const auto [failed] = co_await client_.async_handshake(
        listener_.tls->current(), server_.handshakes, asio::as_tuple(asio::use_awaitable));
    limit.cancel();
    const bool is_late = std::exchange(*now, handshake::done) == handshake::late;
    if (is_late) {
        close(disconnect::handshake_failed, "not done within 10 s");
    } else if (failed == sync::tls_errc::ended_in_handshake) {
        close(disconnect::client_closed, failed.message());
    } else if (failed) {
        close(disconnect::handshake_failed, failed.message());
    }
    co_return !closed_;
}

}  // namespace bkes::proxy
