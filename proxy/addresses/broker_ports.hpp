#pragma once
// Which port of one listener stands for which broker (contract section 9).
//
// Broker N is reached on port base + N while that fits the range (the rule). Other ids, and those
// whose port by the rule can't be had, get the next free port from the end of the range; that is
// worth remembering, so that clients which know only that port find it bound after a restart.
//
// Belongs to the broker_directory, which guards it.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace bkes::proxy {

class broker_ports {
  public:
    struct options {
        std::string listener;
        std::uint16_t base = 0;  ///< 0: any free ports
        std::uint16_t count = 0;
        /// A broker for which there was no port is tried again after so long, when it is met.
        std::chrono::steady_clock::duration try_again_after;
    };

    /// Binds a port for a broker and says which it is in fact (0: any free one).
    using bind_port = std::function<result<std::uint16_t>(node_id, std::uint16_t)>;

    using by_broker = std::map<node_id, std::uint16_t>;

    broker_ports(options opts, bind_port bind);

    /// Binds what still holds of it: not ports that are out of the range by now, nor those of
    /// brokers to which the rule gives one.
    void restore(const by_broker& remembered);

    [[nodiscard]] bool is_in_range(std::uint16_t number) const;

    /// Bound at first sight; none if none can be had now.
    std::optional<std::uint16_t> port_of(node_id broker);

    /// The ports that the rule doesn't give.
    [[nodiscard]] by_broker exceptions() const;

    /// True once after there is one more of them.
    [[nodiscard]] bool take_news() { return std::exchange(has_news_, false); }

    [[nodiscard]] const std::string& listener() const { return options_.listener; }

  private:
    using port = std::optional<std::uint16_t>;

    [[nodiscard]] port port_by_rule(node_id broker) const;
    port assign(node_id broker);
    result<std::uint16_t> try_port(node_id broker, std::uint16_t number);
    void restore_port(node_id broker, std::uint16_t remembered);

    options options_;
    bind_port bind_;
    by_broker ports_;
    /// Brokers for which none could be had, and when that was last tried.
    std::map<node_id, std::chrono::steady_clock::time_point> without_port_;
    std::set<std::uint16_t> taken_;
    bool has_news_ = false;
};

}  // namespace bkes::proxy
