#include "proxy/addresses/broker_directory.hpp"

#include "proxy/addresses/replace_file.hpp"
#include "proxy/config/broker_host.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace bkes::proxy {

broker_directory::broker_directory(options opts, const bind_port& bind)
    : options_{std::move(opts)} {
    for (std::size_t index = 0; index < options_.listeners.size(); ++index) {
        const auto& one = options_.listeners[index];
        ports_.emplace_back(broker_ports::options{.listener = one.name,
                                                  .base = one.port_base,
                                                  .count = one.port_count,
                                                  .try_again_after = options_.try_again_after},
                            [bind, index](node_id broker, std::uint16_t port) {
                                return bind(index, broker, port);
                            });
    }
}

/// Lines of `LISTENER BROKER PORT`. Before there were several listeners, the name was missing: such
/// a line is for the one that has the port in its range.
void broker_directory::restore() {
    const std::lock_guard lock{mutex_};
    std::vector<broker_ports::by_broker> remembered(ports_.size());
    std::ifstream file{options_.file};
    for (std::string line; std::getline(file, line);) {
        std::string name;
        std::int32_t broker = 0;
        std::uint16_t port = 0;
        std::istringstream words{line};
        const bool is_named = static_cast<bool>(words >> name >> broker >> port);
        if (!is_named) {
            words = std::istringstream{line};
            name.clear();
        }
        if (!is_named && !(words >> broker >> port)) {
            continue;
        }
        auto whose = std::ranges::find_if(ports_, [&](const broker_ports& one) {
            return is_named ? one.listener() == name : one.is_in_range(port);
        });
        if (whose == ports_.end() && !is_named) {
            whose = ports_.begin();  // which says that it's out of the range
        }
        if (whose != ports_.end()) {
            remembered[static_cast<std::size_t>(whose - ports_.begin())][node_id{broker}] = port;
        }
    }
    for (std::size_t listener = 0; listener < ports_.size(); ++listener) {
        if (options_.listeners[listener].broker_host.empty()) {
            ports_[listener].restore(remembered[listener]);
        }
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
        for (std::size_t listener = 0; listener < ports_.size(); ++listener) {
            port_of(listener, broker);
        }
    } else if (known->second != real) {
        spdlog::info("broker moved broker={} address={}:{} before={}:{}", broker.value(), real.host,
                     real.port, known->second.host, known->second.port);
        known->second = real;
    }
}

host_port broker_directory::advertised(std::size_t listener, node_id broker) {
    const auto& through = options_.listeners[listener];
    const auto& bootstrap = through.advertised;
    if (broker == options_.bkes_node) {
        return bootstrap;
    }
    if (!through.broker_host.empty()) {
        return {host_of_broker(through.broker_host, broker), bootstrap.port};
    }
    const std::lock_guard lock{mutex_};
    const auto number = port_of(listener, broker);
    return number ? host_port{bootstrap.host, *number} : bootstrap;
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

std::optional<std::uint16_t> broker_directory::port_of(std::size_t listener, node_id broker) {
    if (!options_.listeners[listener].broker_host.empty()) {
        return std::nullopt;
    }
    auto& ports = ports_[listener];
    const auto number = ports.port_of(broker);
    if (ports.take_news()) {
        save();
    }
    return number;
}

void broker_directory::save() const {
    if (options_.file.empty()) {
        return;
    }
    std::string text;
    for (const auto& ports : ports_) {
        for (const auto& [broker, number] : ports.exceptions()) {
            text += fmt::format("{} {} {}\n", ports.listener(), broker.value(), number);
        }
    }
    if (const auto failed = replace_file(options_.file, text)) {
        spdlog::warn("ports of brokers can't be remembered file={} reason=\"{}\"", options_.file,
                     failed.message());
    }
}

}  // namespace bkes::proxy
