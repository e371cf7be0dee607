#pragma once
// Which port of bkes stands for which broker, and where that broker really is (contract section 9).
//
// Broker N is reached on port base + N while that fits the range (the rule). Other ids, and those
// whose port by the rule can't be had, get the next free port from the end of the range. That is
// remembered in the data directory, so that clients which know only that port find it bound after a
// restart. Thread-safe: sessions of every thread look brokers up and learn new addresses here.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "proxy/config/config.hpp"

#include <chrono>
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
        std::uint16_t port_base = 0;  ///< 0: any free ports
        std::uint16_t port_count = 0;
        std::string file;  ///< where ports outside the rule are remembered
        /// A broker for which there was no port is tried again after so long, when it is met.
        std::chrono::steady_clock::duration try_again_after = std::chrono::seconds{5};
    };

    /// Binds a port for a broker and says which it is in fact (0: any free one). Called under the
    /// lock, until it succeeds for a broker, before its address is given to any client.
    using bind_port = std::function<result<std::uint16_t>(node_id, std::uint16_t)>;

    broker_directory(options opts, bind_port bind);

    /// Reads the file and binds what still holds of it: not ports that are out of the range by now,
    /// nor those of brokers to which the rule gives one. To be called once before the first client.
    void restore();

    /// The brokers' real addresses as a response of the cluster named them.
    void learn(node_id broker, const host_port& real);

    /// What clients are told instead of the broker's real address. Binds a port at first sight; if
    /// none can be had now, the bootstrap address, so that an answer never fails.
    host_port advertised(node_id broker);

    /// Where the broker really is; empty if no response has named it yet.
    [[nodiscard]] std::optional<host_port> real(node_id broker) const;

    /// Real addresses of all known brokers, for a bootstrap port without a working server.
    [[nodiscard]] std::vector<host_port> all_real() const;

  private:
    using port = std::optional<std::uint16_t>;

    [[nodiscard]] port port_by_rule(node_id broker) const;
    [[nodiscard]] bool is_in_range(std::uint16_t number) const;
    port port_of(node_id broker);
    port assign_port(node_id broker);
    result<std::uint16_t> try_port(node_id broker, std::uint16_t number);
    void restore_port(node_id broker, std::uint16_t remembered);
    void save() const;

    options options_;
    bind_port bind_;
    mutable std::mutex mutex_;
    std::map<node_id, host_port> real_;
    std::map<node_id, std::uint16_t> ports_;
    /// Brokers for which none could be had, and when that was last tried.
    std::map<node_id, std::chrono::steady_clock::time_point> without_port_;
    std::set<std::uint16_t> taken_;
};

}  // namespace bkes::proxy
