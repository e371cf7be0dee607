#include "proxy/session/session.hpp"

#include "proxy/log/text.hpp"
#include "proxy/session/dial.hpp"
#include "proxy/session/server_state.hpp"
#include "sync/net/tls_errors.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::string describe_peer(const asio::ip::tcp::socket& client) {
    error_code failed;
    const auto remote = client.remote_endpoint(failed);
    return failed ? std::string{"unknown"}
                  : fmt::format("{}:{}", remote.address().to_string(), remote.port());
}

}  // namespace

session::session(server_state& server, const listener_state& listener, asio::io_context& context,
                 accepted_client client)
    : server_{server},
      listener_{listener},
      counts_{server.counts.of(context)},
      open_sessions_{server.open_sessions},
      context_{context},
      busy_poll_{sync::busy_poll::of(context)},
      client_{std::move(client.socket)},
      upstream_{context.get_executor()},
      find_upstreams_{std::move(client.find_upstreams)},
      place_{std::move(client.place)},
      peer_{describe_peer(client_.socket())},
      rights_{server.settings.authorize_cache},
      progress_{context, asio::steady_timer::time_point::max()},
      pulse_{context},
      watch_{context},
      mute_{context},
      patience_{{.request_max = server.settings.request_max, .idle_max = server.settings.idle_max},
                client_patience::clock::now()} {
    open_sessions_->fetch_add(1, std::memory_order_relaxed);
}

session::~session() {
    open_sessions_->fetch_sub(1, std::memory_order_relaxed);
}

void session::start() {
    counts_.opened.add();
    error_code ignored;
    client_.socket().set_option(tcp::no_delay{true}, ignored);
    asio::co_spawn(context_, run(), [self = shared_from_this()](const std::exception_ptr& thrown) {
        if (thrown) {
            self->server_.log_exception("session", thrown);
            self->close(disconnect::internal_error);
        }
    });
}

session::awaitable session::run() {
    if (listener_.tls && !co_await shake_hands()) {
        co_return;
    }
    if (!co_await connect_upstream()) {
        asio::steady_timer pause{context_, refusal_delay};
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        close(disconnect::upstream_unreachable);
        co_return;
    }
    auto on_end = [self = shared_from_this()](const std::exception_ptr& thrown) {
        if (thrown) {
            self->server_.log_exception("upstream reader", thrown);
            self->close(disconnect::internal_error);
        }
        self->upstream_ended();
    };
    asio::co_spawn(context_, upstream_reader(), std::move(on_end));
    keep_alive();
    watch_client();
    co_await client_reader();
}

asio::awaitable<bool> session::connect_upstream() {
    const auto& security = server_.to_brokers;
    for (const auto& address : find_upstreams_(client_.server_name())) {
        const auto failed =
            co_await dial(upstream_, address, security ? security->tls_of_clients() : std::nullopt,
                          server_.settings.connect_timeout);
        if (closed_) {
            co_return true;
        }
        if (!failed) {
            connected_ = true;
            co_return true;
        }
        if (security && sync::is_refused_certificate(failed)) {
            security->read_files_again();
        }
        spdlog::warn("broker can't be reached address={} reason=\"{}\" client={}",
                     to_string(address), failed.message(), peer_);
    }
    co_return false;
}

void session::close(disconnect cause, std::string_view detail) {
    if (closed_) {
        return;
    }
    closed_ = true;
    counts_.of(cause).add();
    const auto level = is_ordinary(cause) ? spdlog::level::debug : spdlog::level::warn;
    spdlog::log(level, "connection closed cause={} client={}{}{}", name_of(cause), peer_,
                detail.empty() ? "" : " reason=", detail.empty() ? "" : in_quotes(detail));
    client_.close();
    upstream_.close();
    ended_.request_stop();
    reads_.clear();
    if (store_) {
        store_->close();
    }
    pulse_.cancel();
    watch_.cancel();
    mute_.cancel();
    progress();
    // Not at once: whoever closes may stand in the midst of an answer.
    asio::post(context_, [self = shared_from_this()] { self->owed_.clear(); });
}

void session::drain() {
    draining_ = true;
    end_if_drained();
    progress();
}

session::awaitable session::wait_for_progress() {
    // Two coroutines may wait here. The timer is never set anew, as that would wake the other one.
    co_await progress_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void session::progress() {
    progress_.cancel();
    // Later, as whoever made room may be in the midst of an answer.
    if (!reads_.empty() && !std::exchange(will_start_reads_, true)) {
        asio::post(context_, [self = shared_from_this()] {
            self->will_start_reads_ = false;
            self->start_reads();
        });
    }
}

void session::release_request_bytes(std::size_t count) {
    held_request_bytes_ -= count;
    end_if_drained();
    progress();
}

}  // namespace bkes::proxy
