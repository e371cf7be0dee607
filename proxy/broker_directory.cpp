#include "proxy/broker_directory.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>

namespace bkes::proxy {

broker_directory::broker_directory(options opts, bind_port bind)
    : options_{std::move(opts)}, bind_{std::move(bind)} {}

void broker_directory::restore() {
    const std::lock_guard lock{mutex_};
    std::ifstream file{options_.file};
    std::int32_t broker = 0;
    std::uint16_t port = 0;
    while (file >> broker >> port) {
        if (!try_port(node_id{broker}, port)) {
            spdlog::warn("port of a known broker can't be bound again broker={} port={}", broker,
                         port);
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
    const auto known = ports_.find(broker);
    const auto port = known != ports_.end() ? known->second : assign_port(broker);
    return port == 0 ? options_.bootstrap_advertised : host_port{options_.advertised_host, port};
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

std::uint16_t broker_directory::assign_port(node_id broker) {
    const auto number = broker.value();
    if (number >= 0 && number < options_.port_count &&
        try_port(broker, static_cast<std::uint16_t>(options_.port_base + number))) {
        return ports_[broker];
    }
    // From the end of the range, where the rule above puts a broker last.
    for (auto index = options_.port_count; index-- > 0;) {
        const auto port = static_cast<std::uint16_t>(options_.port_base + index);
        if (!taken_.contains(port) && try_port(broker, port)) {
            save();
            return port;
        }
    }
    spdlog::error(
        "no port is left for a broker, clients reach it by the bootstrap port broker={} "
        "(raise broker.port.count)",
        number);
    ports_[broker] = 0;
    return 0;
}

bool broker_directory::try_port(node_id broker, std::uint16_t port) {
    if (taken_.contains(port) || !bind_(broker, port)) {
        return false;
    }
    taken_.insert(port);
    ports_[broker] = port;
    return true;
}

void broker_directory::save() const {
    const auto fresh = options_.file + ".new";
    {
        std::ofstream file{fresh, std::ios::trunc};
        for (const auto& [broker, port] : ports_) {
            if (port != 0) {
                file << broker.value() << ' ' << port << '\n';
            }
        }
    }
    std::error_code failed;
    std::filesystem::rename(fresh, options_.file, failed);
    if (failed) {
        spdlog::warn("ports of brokers can't be remembered file={} reason={}", options_.file,
                     failed.message());
    }
}

}  // namespace bkes::proxy
