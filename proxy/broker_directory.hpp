#pragma once
// Which port of bkes stands for which broker, and where that broker really is (contract section 9).
//
// Broker N is reached on port base + N while that fits the range; other ids get the next free port,
// remembered in the data directory, so that clients which know only that port find it bound after a
// restart. Thread-safe: sessions of every thread look brokers up and learn new addresses here.

#include "protocol/core/ids.hpp"
#include "proxy/config.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bkes::proxy {

class broker_directory {
  public:
    struct options {
        std::string advertised_host;     ///< what clients are told
        host_port bootstrap_advertised;  ///< the address of the bkes node
        node_id bkes_node;
        std::uint16_t port_base = 0;
        std::uint16_t port_count = 0;
        std::string file;  ///< where ports outside the rule are remembered
    };

    /// Binds a port for a broker; false if the port can't be had. Called under the lock, once for
    /// each broker, before its address is given to any client.
    using bind_port = std::function<bool(node_id, std::uint16_t)>;

    broker_directory(options opts, bind_port bind);

    /// Reads the file and binds every port in it. To be called once before the first client.
    void restore();

    /// The brokers' real addresses as a response of the cluster named them.
    void learn(node_id broker, const host_port& real);

    /// What clients are told instead of the broker's real address. Binds a port at first sight; if
    /// none is left, the bootstrap address, so that an answer never fails.
    host_port advertised(node_id broker);

    /// Where the broker really is; empty if no response has named it yet.
    [[nodiscard]] std::optional<host_port> real(node_id broker) const;

    /// Real addresses of all known brokers, for a bootstrap port without a working server.
    [[nodiscard]] std::vector<host_port> all_real() const;

  private:
    std::uint16_t assign_port(node_id broker);
    bool try_port(node_id broker, std::uint16_t port);
    void save() const;

    options options_;
    bind_port bind_;
    mutable std::mutex mutex_;
    std::map<node_id, host_port> real_;
    std::map<node_id, std::uint16_t> ports_;
    std::set<std::uint16_t> taken_;
};

}  // namespace bkes::proxy
