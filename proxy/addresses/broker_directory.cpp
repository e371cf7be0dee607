#include "proxy/addresses/broker_directory.hpp"

#include "proxy/addresses/replace_file.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fstream>

namespace bkes::proxy {

broker_directory::broker_directory(options opts, bind_port bind)
    : options_{std::move(opts)}, bind_{std::move(bind)} {}

void broker_directory::restore() {
    const std::lock_guard lock{mutex_};
    std::map<node_id, std::uint16_t> remembered;
    std::ifstream file{options_.file};
    std::int32_t broker = 0;
    std::uint16_t port = 0;
    while (file >> broker >> port) {
        remembered[node_id{broker}] = port;
    }
    // The rule first, so that no other broker takes a port that it gives.
    for (const bool by_rule : {true, false}) {
        for (const auto& [id, number] : remembered) {
            if (port_by_rule(id).has_value() == by_rule) {
                restore_port(id, number);
            }
        }
    }
}

void broker_directory::restore_port(node_id broker, std::uint16_t remembered) {
    const auto rule = port_by_rule(broker);
    if (rule && try_port(broker, *rule)) {
        return;
    }
    if (!is_in_range(remembered)) {
        spdlog::info("port of a known broker is out of the range by now broker={} port={}",
                     broker.value(), remembered);
    } else if (const auto bound = try_port(broker, remembered); !bound) {
        spdlog::warn("port of a known broker can't be bound again broker={} port={} reason=\"{}\"",
                     broker.value(), remembered, bound.error().message());
    }
}

void broker_directory::learn(node_id broker, const host_port& real) {
    if (broker.value() < 0 || broker == options_.bkes_node || real.host.empty()) {
        return;
    }
    const std::lock_guard lock{mutex_};
    const auto [known, first_sight] = real_.try_emplace(broker, real);
    if (first_sight) {
        spdlog::info("broker found broker={} address={}:{}", broker.value(), real.host, real.port);
    } else if (known->second != real) {
        spdlog::info("broker moved broker={} address={}:{} before={}:{}", broker.value(), real.host,
                     real.port, known->second.host, known->second.port);
        known->second = real;
    }
}

host_port broker_directory::advertised(node_id broker) {
    if (broker == options_.bkes_node) {
        return options_.bootstrap_advertised;
    }
    const std::lock_guard lock{mutex_};
    const auto number = port_of(broker);
    return number ? host_port{options_.advertised_host, *number} : options_.bootstrap_advertised;
}

std::optional<host_port> broker_directory::real(node_id broker) const {
    const std::lock_guard lock{mutex_};
    const auto known = real_.find(broker);
    return known == real_.end() ? std::nullopt : std::optional{known->second};
}

std::vector<host_port> broker_directory::all_real() const {
    const std::lock_guard lock{mutex_};
    std::vector<host_port> all;
    for (const auto& [broker, address] : real_) {
        all.push_back(address);
    }
    return all;
}

broker_directory::port broker_directory::port_by_rule(node_id broker) const {
    if (options_.port_base == 0) {
        return std::uint16_t{0};
    }
    if (broker.value() < 0 || broker.value() >= options_.port_count) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(options_.port_base + broker.value());
}

bool broker_directory::is_in_range(std::uint16_t number) const {
    return number >= options_.port_base && number - options_.port_base < options_.port_count;
}

broker_directory::port broker_directory::port_of(node_id broker) {
    if (const auto known = ports_.find(broker); known != ports_.end()) {
        return known->second;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto [failed, is_first] = without_port_.try_emplace(broker, now);
    if (!is_first && now - failed->second < options_.try_again_after) {
        return std::nullopt;
    }
    failed->second = now;
    const auto assigned = assign_port(broker);
    if (assigned) {
        without_port_.erase(failed);
    } else if (is_first) {
        spdlog::error(
            "no port is left for a broker, clients reach it by the bootstrap port until there is "
            "one broker={} (raise broker.port.count)",
            broker.value());
    }
    return assigned;
}

broker_directory::port broker_directory::assign_port(node_id broker) {
    const auto rule = port_by_rule(broker);
    if (rule) {
        const auto bound = try_port(broker, *rule);
        if (bound) {
            return *bound;
        }
        spdlog::warn("port of a broker can't be had broker={} port={} reason=\"{}\"",
                     broker.value(), *rule, bound.error().message());
    }
    // From the end of the range, where the rule puts a broker last.
    for (auto index = options_.port_count; index-- > 0;) {
        const auto number = static_cast<std::uint16_t>(options_.port_base + index);
        if (number != rule && try_port(broker, number)) {
            save();
            return number;
        }
    }
    return std::nullopt;
}

result<std::uint16_t> broker_directory::try_port(node_id broker, std::uint16_t number) {
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

void broker_directory::save() const {
    std::string text;
    for (const auto& [broker, number] : ports_) {
        if (port_by_rule(broker) != number) {
            text += fmt::format("{} {}\n", broker.value(), number);
        }
    }
    if (const auto failed = replace_file(options_.file, text)) {
        spdlog::warn("ports of brokers can't be remembered file={} reason=\"{}\"", options_.file,
                     failed.message());
    }
}

}  // namespace bkes::proxy
