#include "proxy/addresses/broker_ports.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace bkes::proxy {

broker_ports::broker_ports(options opts, bind_port bind)
    : options_{std::move(opts)}, bind_{std::move(bind)} {}

void broker_ports::restore(const by_broker& remembered) {
    // The rule first, so that no other broker takes a port that it gives.
    for (const bool by_rule : {true, false}) {
        for (const auto& [id, number] : remembered) {
            if (port_by_rule(id).has_value() == by_rule) {
                restore_port(id, number);
            }
        }
    }
}

void broker_ports::restore_port(node_id broker, std::uint16_t remembered) {
    const auto rule = port_by_rule(broker);
    if (rule && try_port(broker, *rule)) {
        return;
    }
    if (!is_in_range(remembered)) {
        spdlog::info(
            "port of a known broker is out of the range by now broker={} port={} listener={}",
            broker.value(), remembered, options_.listener);
    } else if (const auto bound = try_port(broker, remembered); !bound) {
        spdlog::warn(
            "port of a known broker can't be bound again broker={} port={} listener={} "
            "reason=\"{}\"",
            broker.value(), remembered, options_.listener, bound.error().message());
    }
}

std::optional<std::uint16_t> broker_ports::port_of(node_id broker) {
    if (const auto known = ports_.find(broker); known != ports_.end()) {
        return known->second;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto [failed, is_first] = without_port_.try_emplace(broker, now);
    if (!is_first && now - failed->second < options_.try_again_after) {
        return std::nullopt;
    }
    failed->second = now;
    const auto assigned = assign(broker);
    if (assigned) {
        without_port_.erase(failed);
    } else if (is_first) {
        spdlog::error(
            "no port is left for a broker, clients reach it by the bootstrap port until there is "
            "one broker={} listener={} check=\"raise broker.port.count\"",
            broker.value(), options_.listener);
    }
    return assigned;
}

broker_ports::by_broker broker_ports::exceptions() const {
    by_broker found;
    for (const auto& [broker, number] : ports_) {
        if (port_by_rule(broker) != number && options_.base != 0) {
            found[broker] = number;
        }
    }
    return found;
}

bool broker_ports::is_in_range(std::uint16_t number) const {
    return number >= options_.base && number - options_.base < options_.count;
}

broker_ports::port broker_ports::port_by_rule(node_id broker) const {
    if (options_.base == 0) {
        return std::uint16_t{0};
    }
    if (broker.value() < 0 || broker.value() >= options_.count) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(options_.base + broker.value());
}

broker_ports::port broker_ports::assign(node_id broker) {
    const auto rule = port_by_rule(broker);
    if (rule) {
        const auto bound = try_port(broker, *rule);
        if (bound) {
            return *bound;
        }
        spdlog::warn("port of a broker can't be had broker={} port={} listener={} reason=\"{}\"",
                     broker.value(), *rule, options_.listener, bound.error().message());
    }
    // From the end of the range, where the rule puts a broker last.
    for (auto index = options_.count; index-- > 0;) {
        const auto number = static_cast<std::uint16_t>(options_.base + index);
        if (number != rule && try_port(broker, number)) {
            has_news_ = true;
            return number;
        }
    }
    return std::nullopt;
}

result<std::uint16_t> broker_ports::try_port(node_id broker, std::uint16_t number) {
    if (taken_.contains(number)) {
        return failure{std::make_error_code(std::errc::address_in_use)};
    }
    auto bound = bind_(broker, number);
    if (bound) {
        taken_.insert(*bound);
        ports_[broker] = *bound;
    }
    return bound;
}

}  // namespace bkes::proxy
