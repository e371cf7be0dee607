#include "proxy/server/server.hpp"

#include "proxy/log/log.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

broker_directory::options directory_options(const config& settings) {
    return {.advertised_host = settings.advertised_listener.host,
            .bootstrap_advertised = settings.advertised_listener,
            .bkes_node = settings.node_id,
            .port_base = settings.broker_port_base,
            .port_count = settings.broker_port_count,
            .file = settings.data_dir + "/broker-ports"};
}

session_settings settings_of_sessions(const config& settings) {
    return {.frame_bytes_max = static_cast<std::size_t>(settings.frame_bytes_max),
            .connections_max = settings.connections_max,
            .hold = std::chrono::milliseconds{settings.hold_ms},
            .authorize = settings.authorize,
            .authorize_cache = std::chrono::milliseconds{settings.authorize_cache_ms},
            .batch_bytes_max = static_cast<std::size_t>(settings.batch_bytes_max),
            .bkes_node = settings.node_id};
}

}  // namespace

void server_state::log_exception(std::string_view where, const std::exception_ptr& thrown) {
    proxy::log_exception(where, thrown);
}

server::server(const config& settings, std::span<asio::io_context* const> contexts,
               sync::guarded_topics& guarded, std::optional<sync::tls_client> upstream_tls)
    : settings_{settings},
      contexts_{contexts},
      brokers_{directory_options(settings),
               [this](node_id broker, std::uint16_t port) { return bind_broker(broker, port); }},
      state_{.settings = settings_of_sessions(settings),
             .upstream_tls = std::move(upstream_tls),
             .brokers = brokers_,
             .key_topics = key_topic_names{settings.topics},
             .key_ids = key_topic_ids{},
             .guarded = guarded},
      bootstrap_{std::make_shared<listener>(*contexts.front())} {}

server::~server() = default;

std::expected<void, std::string> server::open(std::span<const sync::broker_address> brokers) {
    if (const auto failed = bootstrap_->bind(settings_.listener)) {
        return std::unexpected{fmt::format("listener={} can't be bound: {}",
                                           to_string(settings_.listener), failed.message())};
    }
    brokers_.restore();
    // Ascending, so that those with a port by the rule come before those that take any.
    std::map<node_id, host_port> known;
    for (const auto& broker : brokers) {
        known[broker.id] = {broker.host, broker.port};
    }
    for (const auto& [id, address] : known) {
        brokers_.learn(id, address);
        brokers_.advertised(id);
    }
    return {};
}

void server::serve() {
    state_.settings.keep_alive = state_.guarded.keep_alive();  // known since its start
    const std::lock_guard lock{mutex_};
    serving_ = true;
    serve_on(*bootstrap_, [this] { return bootstrap_upstreams(); });
    for (const auto& [broker, port] : broker_ports_) {
        serve_on(*port, [this, id = broker] { return broker_upstreams(id); });
    }
}

result<std::uint16_t> server::bind_broker(node_id broker, std::uint16_t port) {
    auto fresh = std::make_shared<listener>(*contexts_.front());
    const host_port address{settings_.listener.host, port};
    if (const auto failed = fresh->bind(address)) {
        return failure{failed};
    }
    spdlog::info("broker is reached at broker={} address={}", broker.value(),
                 to_string({address.host, fresh->port()}));
    const std::lock_guard lock{mutex_};
    broker_ports_[broker] = fresh;
    if (serving_ && !draining_) {
        serve_on(*fresh, [this, broker] { return broker_upstreams(broker); });
    }
    return fresh->port();
}

void server::serve_on(listener& port, std::function<std::vector<host_port>()> upstreams) {
    port.start([this]() -> asio::io_context& { return next_context(); },
               [this, upstreams = std::move(upstreams)](asio::io_context& context,
                                                        listener::tcp::socket client) {
                   connected(context, std::move(client), upstreams());
               });
}

void server::connected(asio::io_context& context, listener::tcp::socket client,
                       std::vector<host_port> upstreams) {
    auto fresh =
        std::make_shared<session>(state_, context, std::move(client), std::move(upstreams));
    if (open_sessions() > settings_.connections_max) {
        fresh->close(disconnect::too_many_connections,
                     fmt::format("connections.max={}", settings_.connections_max));
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        if (sessions_.size() >= sessions_swept_at_) {
            std::erase_if(sessions_, [](const auto& old) { return old.expired(); });
            sessions_swept_at_ = std::max<std::size_t>(64, sessions_.size() * 2);
        }
        sessions_.push_back(fresh);
    }
    asio::post(context, [fresh] { fresh->start(); });
}

asio::io_context& server::next_context() {
    return *contexts_[next_context_.fetch_add(1, std::memory_order_relaxed) % contexts_.size()];
}

/// The configured servers first, each connection beginning with another one.
std::vector<host_port> server::bootstrap_upstreams() const {
    auto all = settings_.bootstrap_servers;
    const auto turn = next_upstream_.fetch_add(1, std::memory_order_relaxed) % all.size();
    std::ranges::rotate(all, all.begin() + static_cast<std::ptrdiff_t>(turn));
    for (auto& known : brokers_.all_real()) {
        if (std::ranges::find(all, known) == all.end()) {
            all.push_back(std::move(known));
        }
    }
    return all;
}

/// None for a broker that nobody has named since the start: the client is sent away as from one
/// that is down. Another one in its place would answer for itself, and nobody would know
/// (DescribeLogDirs, AlterReplicaLogDirs).
std::vector<host_port> server::broker_upstreams(node_id broker) {
    if (const auto real = brokers_.real(broker)) {
        return {*real};
    }
    const auto cluster = state_.guarded.cluster();
    if (const auto* seen = cluster->broker(broker)) {
        const host_port real{seen->host, seen->port};
        brokers_.learn(broker, real);
        return {real};
    }
    spdlog::warn("address of a broker isn't known yet broker={}", broker.value());
    return {};
}

template <class Visit>
void server::for_each_session(Visit visit) {
    const std::lock_guard lock{mutex_};
    for (const auto& weak : sessions_) {
        if (auto open = weak.lock()) {
            asio::post(open->context(), [open, visit] { visit(*open); });
        }
    }
}

void server::drain() {
    {
        const std::lock_guard lock{mutex_};
        draining_ = true;
        bootstrap_->stop();
        for (const auto& [broker, port] : broker_ports_) {
            port->stop();
        }
    }
    for_each_session([](session& open) { open.drain(); });
}

void server::close_all() {
    for_each_session([](session& open) { open.close(disconnect::shutting_down); });
}

}  // namespace bkes::proxy
