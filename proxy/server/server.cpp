#include "proxy/server/server.hpp"

#include "proxy/config/broker_host.hpp"
#include "proxy/log/log.hpp"
#include "proxy/server/loopback_pair.hpp"
#include "proxy/server/open_files.hpp"
#include "proxy/server/server_certificates.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

broker_directory::options directory_options(const config& settings) {
    broker_directory::options made{.listeners = {},
                                   .bkes_node = settings.node_id,
                                   .file = settings.role == instance_role::router
                                               ? std::string{}
                                               : settings.data_dir + "/broker-ports"};
    for (const auto& one : settings.listeners) {
        made.listeners.push_back({.name = one.name,
                                  .advertised = one.advertised,
                                  .port_base = one.options.broker_port_base.value_or(0),
                                  .port_count = one.options.broker_port_count.value_or(0),
                                  .broker_host = one.options.broker_host.value_or("")});
    }
    return made;
}

session_settings settings_of_sessions(const config& settings) {
    return {.frame_bytes_max = static_cast<std::size_t>(settings.frame_bytes_max),
            .connect_timeout = std::chrono::milliseconds{settings.connect_timeout_ms},
            .idle_max = std::chrono::milliseconds{settings.connections_max_idle_ms},
            .hold = std::chrono::milliseconds{settings.hold_ms},
            .authorize = settings.authorize,
            .authorize_cache = std::chrono::milliseconds{settings.authorize_cache_ms},
            .batch_bytes_max = static_cast<std::size_t>(settings.batch_bytes_max),
            .bkes_node = settings.node_id};
}

/// Whoever comes beyond what files are there for would wait for nothing, and bkes' own connections
/// and the store would have none left.
std::int32_t connections_max_of(const config& settings) {
    const auto fit = clients_within_open_files(settings.role == instance_role::router ? 3 : 2);
    if (fit < settings.connections_max) {
        spdlog::info(
            "open files are for fewer clients connections_max={} clients={} check=\"raise the "
            "limit: ulimit -n, LimitNOFILE\"",
            settings.connections_max, fit);
    }
    return std::min(fit, settings.connections_max);
}

}  // namespace

void server_state::log_exception(std::string_view where, const std::exception_ptr& thrown) {
    proxy::log_exception(where, thrown);
}

server::server(const config& settings, thread_pool& threads, sync::guarded_topics& guarded,
               std::shared_ptr<sync::link_security> to_brokers)
    : settings_{settings},
      contexts_{threads.contexts()},
      connections_max_{connections_max_of(settings)},
      places_{settings.connections_max_per_ip},
      brokers_{directory_options(settings),
               [this](std::size_t listener, node_id broker, std::uint16_t port) {
                   return bind_broker(listeners_[listener], broker, port);
               }},
      state_{.settings = settings_of_sessions(settings),
             .to_brokers = std::move(to_brokers),
             .key_topics = key_topic_names{settings.topics},
             .key_ids = key_topic_ids{},
             .guarded = guarded,
             .handshakes = threads.handshakes(),
             .conflicts = conflict_log{settings.http_read}},
      inside_{.name = "HTTP", .brokers = {brokers_, 0}} {
    listeners_.reserve(settings.listeners.size());
    for (const auto& one : settings.listeners) {
        listeners_.push_back({.settings = one,
                              .state = {.name = one.name, .brokers = {brokers_, listeners_.size()}},
                              .bootstrap = std::make_shared<bound_port>(*contexts_.front()),
                              .brokers = {}});
    }
}

server::~server() = default;

std::expected<void, std::string> server::open(listener& one) {
    if (uses_tls(one.settings.protocol)) {
        // Named without a listener's prefix: which one it is, the file tells.
        auto tls = open_server_certificates(one.settings.options, "ssl.");
        if (!tls) {
            return std::unexpected{std::move(tls.error())};
        }
        one.certificates = std::move(*tls);
        one.state.tls = one.certificates;
    }
    if (const auto failed = one.bootstrap->bind(one.settings.address)) {
        const bool is_single = settings_.listening.listeners.empty();
        return std::unexpected{
            fmt::format("{}{} can't be bound: {}",
                        is_single ? "listener=" : "listeners=" + one.settings.name + "://",
                        to_string(one.settings.address), failed.message())};
    }
    return {};
}

std::expected<void, std::string> server::open(std::span<const sync::broker_address> brokers) {
    for (auto& one : listeners_) {
        if (auto opened = open(one); !opened) {
            return opened;
        }
    }
    brokers_.restore();
    learn(brokers);
    return {};
}

void server::learn(std::span<const sync::broker_address> brokers) {
    // Ascending, so that those with a port by the rule come before those that take any.
    std::map<node_id, host_port> known;
    for (const auto& broker : brokers) {
        known[broker.id] = {broker.host, broker.port};
    }
    for (const auto& [id, address] : known) {
        brokers_.learn(id, address);
    }
}

void server::serve() {
    state_.settings.keep_alive = state_.guarded.keep_alive();  // known since its start
    const std::lock_guard lock{mutex_};
    serving_ = true;
    for (auto& one : listeners_) {
        serve_bootstrap_on(one);
        for (const auto& [broker, port] : one.brokers) {
            serve_broker_on(one, *port, broker);
        }
    }
}

result<std::uint16_t> server::bind_broker(listener& of, node_id broker, std::uint16_t port) {
    auto fresh = std::make_shared<bound_port>(*contexts_.front());
    const host_port address{of.settings.address.host, port};
    if (const auto failed = fresh->bind(address)) {
        return failure{failed};
    }
    spdlog::info("broker is reached at broker={} address={} listener={}", broker.value(),
                 to_string({address.host, fresh->port()}), of.state.name);
    const std::lock_guard lock{mutex_};
    of.brokers[broker] = fresh;
    if (serving_ && !draining_) {
        serve_broker_on(of, *fresh, broker);
    }
    return fresh->port();
}

/// A client that asks for a broker by name is connected to that one, and whoever asks for another
/// name or for none comes to the bootstrap port. What a client may reach is the brokers' to say.
void server::serve_bootstrap_on(listener& of) {
    const auto broker_host = of.settings.options.broker_host.value_or("");
    serve_on(of, *of.bootstrap, [this, broker_host](std::string_view server_name) {
        const auto broker =
            broker_host.empty() ? std::nullopt : broker_of_host(broker_host, server_name);
        return broker && *broker != settings_.node_id ? broker_upstreams(*broker)
                                                      : bootstrap_upstreams();
    });
}

void server::serve_broker_on(listener& of, bound_port& port, node_id broker) {
    serve_on(of, port, [this, broker](std::string_view) { return broker_upstreams(broker); });
}

void server::serve_on(listener& of, bound_port& port, upstreams_by_name find_upstreams) {
    port.start([this]() -> asio::io_context& { return next_context(); },
               [this, &through = of.state, find_upstreams = std::move(find_upstreams)](
                   asio::io_context& context, bound_port::tcp::socket client) {
                   connected(through, context, std::move(client), find_upstreams);
               });
}

void server::connected(const listener_state& through, asio::io_context& context,
                       bound_port::tcp::socket client, upstreams_by_name find_upstreams) {
    boost::system::error_code failed;
    auto place = places_.take(client.remote_endpoint(failed).address());
    const bool has_place = place != nullptr;
    auto fresh = std::make_shared<session>(
        state_, through, context,
        accepted_client{std::move(client), std::move(find_upstreams), std::move(place)});
    const auto refuse = [&fresh, &context](std::string limit) {
        asio::post(context, [fresh, limit = std::move(limit)] {
            fresh->close(disconnect::too_many_connections, limit);
        });
    };
    if (!has_place) {
        refuse(fmt::format("connections.max.per.ip={}", places_.max()));
        return;
    }
    if (open_sessions() > connections_max_) {
        refuse(fmt::format("connections.max={}", connections_max_));
        return;
    }
    hold(fresh);
    asio::post(context, [fresh] { fresh->start(); });
}

/// False: bkes ends.
bool server::hold(const std::shared_ptr<session>& fresh) {
    const std::lock_guard lock{mutex_};
    if (sessions_.size() >= sessions_swept_at_) {
        std::erase_if(sessions_, [](const auto& old) { return old.expired(); });
        sessions_swept_at_ = std::max<std::size_t>(64, sessions_.size() * 2);
    }
    sessions_.push_back(fresh);
    return !draining_;
}

result<asio::ip::tcp::socket> server::connect_from_inside(asio::io_context& context) {
    auto& home = next_context();
    auto ends = make_loopback_pair(context, home);
    if (!ends) {
        return failure{ends.error()};
    }
    const auto fresh = std::make_shared<session>(
        state_, inside_, home,
        accepted_client{
            .socket = std::move(ends->second),
            .find_upstreams = [this](std::string_view) { return bootstrap_upstreams(); }});
    if (!hold(fresh)) {
        return failure{make_error_code(std::errc::operation_canceled)};
    }
    asio::post(home, [fresh] { fresh->start(); });
    return std::move(ends->first);
}

asio::io_context& server::next_context() {
    return *contexts_[next_context_.fetch_add(1, std::memory_order_relaxed) % contexts_.size()];
}

/// The configured servers first, each connection beginning with another one.
server::upstreams server::bootstrap_upstreams() const {
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
server::upstreams server::broker_upstreams(node_id broker) const {
    if (const auto real = brokers_.real(broker)) {
        return {*real};
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

void server::set_limits(const config& settings) {
    connections_max_ = connections_max_of(settings);
    places_.set_max(settings.connections_max_per_ip);
    state_.settings.idle_max = std::chrono::milliseconds{settings.connections_max_idle_ms};
}

std::vector<named_certificates> server::certificates() const {
    std::vector<named_certificates> all;
    if (const auto& files = state_.to_brokers->files(); files.own) {
        all = {{"connections=own", files.own},
               {"connections=clients-to-brokers", files.of_clients}};
    }
    for (const auto& one : listeners_) {
        if (one.certificates) {
            all.push_back({"listener=" + one.settings.name, one.certificates});
        }
    }
    return all;
}

void server::drain() {
    {
        const std::lock_guard lock{mutex_};
        draining_ = true;
        for (const auto& one : listeners_) {
            one.bootstrap->stop();
            for (const auto& [broker, port] : one.brokers) {
                port->stop();
            }
        }
    }
    for_each_session([](session& open) { open.drain(); });
}

void server::close_all() {
    for_each_session([](session& open) { open.close(disconnect::shutting_down); });
}

}  // namespace bkes::proxy
