#pragma once
// Real addresses out, bkes' addresses in: those of the client's listener. Every response of the
// cluster that names brokers passes through here; node ids stay as they are.

#include "proxy/addresses/broker_directory.hpp"

#include <deque>
#include <string>

namespace bkes::proxy {

/// Rewrites the brokers of one response. Owns the host names that the response then refers to, so
/// it lives until the response is encoded.
class address_rewriter {
  public:
    explicit address_rewriter(listener_brokers brokers) : brokers_{brokers} {}

    /// For any struct with an id, host and port. Id -1 with an empty host means "unavailable".
    template <class Broker>
    void rewrite(Broker& broker) {
        const auto id = id_of(broker);
        if (id.value() < 0 || broker.host.empty()) {
            return;
        }
        brokers_.learn(id, {std::string{broker.host}, static_cast<std::uint16_t>(broker.port)});
        put(broker, brokers_.advertised(id));
    }

    template <class Brokers>
    void rewrite_all(Brokers& brokers) {
        for (auto& broker : brokers) {
            rewrite(broker);
        }
    }

    template <class Broker>
    void put(Broker& broker, const host_port& address) {
        hosts_.push_back(address.host);
        broker.host = hosts_.back();
        broker.port = address.port;
    }

  private:
    template <class Broker>
    static node_id id_of(const Broker& broker) {
        if constexpr (requires { broker.broker_id; }) {
            return node_id{broker.broker_id};
        } else {
            return node_id{broker.node_id};
        }
    }

    listener_brokers brokers_;
    std::deque<std::string> hosts_;
};

}  // namespace bkes::proxy
