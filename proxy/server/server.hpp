#pragma once
// The ports of bkes and the sessions behind them.
//
// Each listener has one port for bootstrapping (which is also the bkes node, the leader of all key
// topics) and one for each broker, or its one port for all of them, told apart by name. Constructed
// and opened by the program's main thread before the contexts run; afterwards every function may be
// called from any thread, but for those that say otherwise.

#include "proxy/addresses/broker_directory.hpp"
#include "proxy/config/config.hpp"
#include "proxy/server/address_places.hpp"
#include "proxy/server/bound_port.hpp"
#include "proxy/server/certificate_watch.hpp"
#include "proxy/server/thread_pool.hpp"
#include "proxy/session/server_state.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace bkes::proxy {

class session;

class server {
  public:
    server(const config& settings, thread_pool& threads, sync::guarded_topics& guarded,
           std::shared_ptr<sync::link_security> to_brokers);
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    ~server();

    /// Reads certificates, binds the bootstrap ports and those of all brokers known by now. An error
    /// names the setting and its file, or the address.
    std::expected<void, std::string> open(std::span<const sync::broker_address> brokers);

    /// The brokers as bkes itself sees them: who is new gets a port, who has moved is followed. So
    /// clients may know ports alone and never ask for metadata. Any thread.
    void learn(std::span<const sync::broker_address> brokers);

    /// Accepts clients on all ports, those bound later included.
    void serve();

    /// Takes connections.max, connections.max.per.ip and connections.max.idle.ms from there, for
    /// connections that come. On the first context.
    void set_limits(const config& settings);

    /// All that are in use; what looks after them is in certificate_watch.hpp.
    [[nodiscard]] std::vector<named_certificates> certificates() const;

    /// A connection to bkes from inside this process: the client's end, on `context`. A session serves
    /// it like any other's, and the brokers let it do what they let its user do; only the limits on
    /// connections don't count it. Fails when bkes ends, or has no sockets left.
    result<boost::asio::ip::tcp::socket> connect_from_inside(boost::asio::io_context& context);

    /// For who watches them.
    [[nodiscard]] conflict_log& conflicts() { return state_.conflicts; }

    /// Stops accepting and lets each session answer what it owes.
    void drain();

    /// Closes what is still open.
    void close_all();

    [[nodiscard]] std::int32_t open_sessions() const { return state_.open_sessions->load(); }

    /// For as long as the server lives.
    [[nodiscard]] const session_counts_table& counts() const { return state_.counts; }

  private:
    struct listener {
        const listener_config& settings;
        listener_state state;
        std::shared_ptr<sync::tls_source> certificates{};  ///< those of `state.tls`
        std::shared_ptr<bound_port> bootstrap;
        std::map<node_id, std::shared_ptr<bound_port>> brokers;  ///< guarded by `mutex_`
    };

    using upstreams = std::vector<host_port>;
    using upstreams_by_name = std::function<upstreams(std::string_view server_name)>;

    std::expected<void, std::string> open(listener& one);
    result<std::uint16_t> bind_broker(listener& of, node_id broker, std::uint16_t port);
    void serve_on(listener& of, bound_port& port, upstreams_by_name find_upstreams);
    void serve_bootstrap_on(listener& of);
    void serve_broker_on(listener& of, bound_port& port, node_id broker);
    void connected(const listener_state& through, boost::asio::io_context& context,
                   bound_port::tcp::socket client, upstreams_by_name find_upstreams);
    [[nodiscard]] upstreams bootstrap_upstreams() const;
    [[nodiscard]] upstreams broker_upstreams(node_id broker) const;
    bool hold(const std::shared_ptr<session>& fresh);
    boost::asio::io_context& next_context();
    template <class Visit>
    void for_each_session(Visit visit);

    const config& settings_;
    std::span<boost::asio::io_context* const> contexts_;
    std::atomic<std::size_t> next_context_{0};
    mutable std::atomic<std::size_t> next_upstream_{0};
    std::int32_t connections_max_;
    address_places places_;
    broker_directory brokers_;
    server_state state_;
    std::vector<listener> listeners_;  ///< as many as there are from the beginning
    listener_state inside_;            ///< of those who don't come through one of them

    std::mutex mutex_;  ///< guards what follows
    std::vector<std::weak_ptr<session>> sessions_;
    std::size_t sessions_swept_at_ = 64;
    bool serving_ = false;
    bool draining_ = false;
};

}  // namespace bkes::proxy
