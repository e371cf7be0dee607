#include "proxy/http/http_server.hpp"

#include "proxy/http/http_connection.hpp"
#include "proxy/log/log.hpp"
#include "proxy/server/bound_port.hpp"
#include "proxy/server/thread_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <thread>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;

struct http_server::state {
    state(http_handler given, http_limits bounds) : service{std::move(given), bounds} {}

    void connected(asio::ip::tcp::socket client);

    http_service service;
    std::shared_ptr<const sync::tls_source> tls{};
    std::size_t connections = 0;
    asio::io_context context{1};
    std::shared_ptr<bound_port> port = std::make_shared<bound_port>(context);
    std::jthread thread{};
};

void http_server::state::connected(asio::ip::tcp::socket client) {
    if (connections == service.limits.connections_max) {
        return;  // which closes it
    }
    ++connections;
    const auto connection = std::make_shared<http_connection>(
        std::move(client), service,
        tls ? std::optional<sync::tls_context>{tls->current()} : std::nullopt);
    asio::co_spawn(context, connection->serve(),
                   [this, connection](const std::exception_ptr& thrown) {
                       --connections;
                       if (thrown) {
                           log_exception("an HTTP connection", thrown);
                       }
                   });
}

http_server::http_server(http_handler answer, http_limits limits)
    : state_{std::make_unique<state>(std::move(answer), limits)} {}

http_server::~http_server() {
    state_->context.stop();
}

boost::system::error_code http_server::bind(const host_port& address) {
    return state_->port->bind(address);
}

void http_server::start(std::shared_ptr<const sync::tls_source> tls) {
    auto& own = *state_;
    own.tls = std::move(tls);
    own.port->start([&own]() -> asio::io_context& { return own.context; },
                    [&own](asio::io_context&, asio::ip::tcp::socket client) {
                        own.connected(std::move(client));
                    });
    own.thread =
        std::jthread{[&own] { run_to_the_end(own.context, "a handler of the admin server"); }};
}

asio::io_context& http_server::context() {
    return state_->context;
}

std::uint16_t http_server::port() const {
    return state_->port->port();
}

}  // namespace bkes::proxy
