#pragma once
// Where the brokers really are, and which addresses of bkes stand for them on each listener
// (contract section 9, broker_ports.hpp).
//
// Ports that no rule gives are remembered in the data directory. Thread-safe: sessions of every
// thread look brokers up and learn new addresses here.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "proxy/addresses/broker_ports.hpp"
#include "proxy/config/host_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

class broker_directory {
  public:
    struct listener {
        std::string name;
        host_port advertised;  ///< of the bkes node; its host is that of all brokers
        std::uint16_t port_base = 0;
        std::uint16_t port_count = 0;
        /// If not empty brokers have names instead of ports (broker_host.hpp).
        std::string broker_host{};
    };

    struct options {
        std::vector<listener> listeners;
        node_id bkes_node;
        std::string file;  ///< where ports outside the rule are remembered; empty: nowhere
        /// A broker for which there was no port is tried again after so long, when it is met.
        std::chrono::steady_clock::duration try_again_after = std::chrono::seconds{5};
    };

    /// Binds a port of a listener for a broker and says which it is in fact (0: any free one).
    /// Called under the lock, until it succeeds for a broker, before its address is given to any
    /// client.
    using bind_port = std::function<result<std::uint16_t>(std::size_t listener, node_id broker,
                                                          std::uint16_t port)>;

    broker_directory(options opts, const bind_port& bind);

    /// Reads the file and binds what still holds of it. To be called once before the first client.
    void restore();

    /// A broker's real address as a response of the cluster named it. At first sight it gets a port
    /// on every listener.
    void learn(node_id broker, const host_port& real);

    /// What clients of the listener are told instead of the broker's real address. If no port can
    /// be had now, the bootstrap address, so that an answer never fails.
    host_port advertised(std::size_t listener, node_id broker);

    /// Where the broker really is; empty if no response has named it yet.
    [[nodiscard]] std::optional<host_port> real(node_id broker) const;

    /// Real addresses of all known brokers, for a bootstrap port without a working server.
    [[nodiscard]] std::vector<host_port> all_real() const;

  private:
    std::optional<std::uint16_t> port_of(std::size_t listener, node_id broker);
    void save() const;

    options options_;
    mutable std::mutex mutex_;
    std::map<node_id, host_port> real_;
    std::vector<broker_ports> ports_;  ///< of each listener
};

/// The brokers as clients of one listener see them. Cheap to copy; the directory outlives it.
class listener_brokers {
  public:
    listener_brokers(broker_directory& all, std::size_t listener)
        : all_{&all}, listener_{listener} {}

    void learn(node_id broker, const host_port& real) const { all_->learn(broker, real); }

    [[nodiscard]] host_port advertised(node_id broker) const {
        return all_->advertised(listener_, broker);
    }

  private:
    broker_directory* all_;
    std::size_t listener_;
};

}  // namespace bkes::proxy
