#include "proxy/config/listeners.hpp"

#include "proxy/config/checks.hpp"
#include "proxy/config/listener_settings.hpp"
#include "proxy/config/listener_tls.hpp"
#include "proxy/config/values.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

namespace bkes::proxy {

namespace {

using problems = std::vector<std::string>;

constexpr std::uint16_t brokers_at_most = 100;
constexpr int last_port = 65535;

/// The ports that stand for brokers: first and last.
struct port_range {
    int first;
    int last;

    [[nodiscard]] bool meets(const port_range& other) const {
        return first <= other.last && other.first <= last;
    }
};

/// None, if brokers are told apart by name.
port_range broker_ports_of(const listener_config& one) {
    const int base = one.options.broker_port_base.value_or(1);
    return {base, base + one.options.broker_port_count.value_or(0) - 1};
}

port_range own_port_of(const listener_config& one) {
    return {one.address.port, one.address.port};
}

/// Two addresses of this machine can each have every port. A name may stand for any of them.
bool are_apart(const host_port& one, const host_port& other) {
    boost::system::error_code failed;
    const auto first = boost::asio::ip::make_address(one.host, failed);
    const auto second = failed ? first : boost::asio::ip::make_address(other.host, failed);
    return !failed && first != second && !first.is_unspecified() && !second.is_unspecified();
}

bool chooses_ports(const listener_config& one) {
    return one.address.port != 0 && one.options.broker_port_base != 0;
}

/// What isn't said for the listener is said for all of them, or follows from its port.
listener_options options_in_force(const listener_settings& given, const listener_config& one) {
    listener_options options;
    if (const auto own = given.one.find(one.name); own != given.one.end()) {
        options = own->second;
    }
    // Ports and names are two ways of one thing: who says one of them for a listener means it.
    const bool means_ports = options.broker_port_base || options.broker_port_count;
    const bool has_host = options.broker_host.has_value();
    for (const auto& row : all_listener_settings()) {
        if (uses_tls(one.protocol) || !is_of_tls(row.key)) {
            row.inherit(options, given.all);
        }
    }
    if (means_ports && !has_host) {
        options.broker_host.reset();
    }
    if (options.broker_host) {
        options.broker_port_base.reset();
        options.broker_port_count.reset();
    } else if (!options.broker_port_base) {
        const int next = one.address.port == 0 ? 0 : one.address.port + 1;
        options.broker_port_base = static_cast<std::uint16_t>(std::min(next, last_port));
    }
    return options;
}

/// Up to the first port above its base that another listener begins with, if there is one.
std::uint16_t default_count(const std::vector<listener_config>& all, const listener_config& one) {
    const int base = *one.options.broker_port_base;
    int end = base + brokers_at_most;
    for (const auto& other : all) {
        if (&other == &one || are_apart(one.address, other.address)) {
            continue;
        }
        for (const int begin :
             {int{other.address.port}, int{other.options.broker_port_base.value_or(0)}}) {
            end = begin > base ? std::min(end, begin) : end;
        }
    }
    return static_cast<std::uint16_t>(end - base);
}

problems check_forms(const loaded_config& loaded) {
    const auto first_given = [&](std::string_view one, std::string_view other) {
        return loaded.origins.contains(one)     ? one
               : loaded.origins.contains(other) ? other
                                                : std::string_view{};
    };
    const auto single = first_given("listener", "advertised.listener");
    const auto several = first_given("listeners", "advertised.listeners");
    if (!single.empty() && !several.empty()) {
        return {fmt::format("{} and {}: a single listener, or several with names; use one of them",
                            named(loaded, single), named(loaded, several))};
    }
    constexpr std::string_view protocols = "listener.security.protocol.map";
    if (loaded.origins.contains(protocols) && !loaded.origins.contains("listeners")) {
        return {
            fmt::format("{}: it speaks of listeners, which is not set", named(loaded, protocols))};
    }
    return {};
}

std::string names_of(const std::vector<listener_config>& listeners) {
    return fmt::format("{}",
                       fmt::join(listeners | std::views::transform(&listener_config::name), ", "));
}

const listener_config* find_listener(const config& settings, std::string_view name) {
    const auto found = std::ranges::find(settings.listeners, name, &listener_config::name);
    return found == settings.listeners.end() ? nullptr : &*found;
}

void check_repetition(const loaded_config& loaded, std::string_view key,
                      const std::vector<named_address>& list, problems& found) {
    for (auto one = list.begin(); one != list.end(); ++one) {
        if (std::ranges::find(list.begin(), one, one->name, &named_address::name) != one) {
            found.push_back(
                fmt::format("{}: {} stands in it twice", named(loaded, key), one->name));
        }
    }
}

void check_names(const loaded_config& loaded, problems& found) {
    const auto& c = loaded.value;
    check_repetition(loaded, "listeners", c.listening.listeners, found);
    check_repetition(loaded, "advertised.listeners", c.listening.advertised_listeners, found);
    for (const auto& [name, address] : c.listening.advertised_listeners) {
        if (find_listener(c, name) == nullptr) {
            found.push_back(fmt::format("{}: {} is none of the listeners ({})",
                                        named(loaded, "advertised.listeners"), name,
                                        named(loaded, "listeners")));
        }
    }
    for (const auto& [key, origin] : loaded.origins) {
        if (key.starts_with(listener_prefix)) {
            const auto name = key.substr(listener_prefix.size());
            const auto wanted = upper_case(name.substr(0, name.find('.')));
            if (wanted != admin_listener_name && find_listener(c, wanted) == nullptr) {
                found.push_back(fmt::format("{} ({}): there is no listener {}, there is {}", key,
                                            origin, wanted, names_of(c.listeners)));
            }
        }
    }
}

void check_protocols(const loaded_config& loaded, problems& found) {
    const auto& c = loaded.value;
    for (const auto& [name, address] : c.listening.listeners) {
        const auto protocol = c.listening.protocols.find(name);
        const auto says = named(loaded, "listener.security.protocol.map");
        if (protocol == c.listening.protocols.end()) {
            found.push_back(
                fmt::format("{}: {} has no protocol in {}; add {}:PLAINTEXT or another one",
                            named(loaded, "listeners"), name, says, name));
        }
    }
}

void check_addresses(const loaded_config& loaded, problems& found) {
    const auto& c = loaded.value;
    const bool is_single = c.listening.listeners.empty();
    const std::string_view advertised = is_single ? "advertised.listener" : "advertised.listeners";
    for (const auto& one : c.listeners) {
        if (is_any_address(one.advertised.host)) {
            const bool is_said =
                one.advertised != one.address || loaded.origins.contains(advertised);
            found.push_back(fmt::format(
                "{}: clients can't connect to {}; set {} to a host:port that they can reach",
                named(loaded, is_said     ? advertised
                              : is_single ? "listener"
                                          : "listeners"),
                is_single ? "this address" : to_string(one.advertised) + " of " + one.name,
                advertised));
        }
        for (const auto& server : c.bootstrap_servers) {
            if (server == one.address || server == one.advertised) {
                found.push_back(
                    fmt::format("{}: {} is bkes' own listener; name the real Kafka brokers here",
                                named(loaded, "bootstrap.servers"), to_string(server)));
            }
        }
    }
}

void check_ports_of(const loaded_config& loaded, const listener_config& one, problems& found) {
    const auto ports = broker_ports_of(one);
    const auto base = named_for(loaded, one, "broker.port.base");
    const auto count = named_for(loaded, one, "broker.port.count");
    if (ports.last > last_port) {
        found.push_back(
            fmt::format("{} with {}: the last port would be {}, and there are only {}; "
                        "choose a lower base or a smaller count",
                        base, count, ports.last, last_port));
    }
    if (ports.meets(own_port_of(one))) {
        const bool is_single = loaded.value.listening.listeners.empty();
        found.push_back(fmt::format(
            "{}: {} is one of the broker ports {} to {} made from {} and "
            "{}; move one of them",
            named(loaded, is_single ? "listener" : "listeners"),
            is_single ? std::string{"its port"} : fmt::format("the port of {}", one.name),
            ports.first, ports.last, base, count));
    }
}

std::string describe_ports(const listener_config& one) {
    const auto ports = broker_ports_of(one);
    return one.options.broker_host ? std::to_string(one.address.port)
                                   : fmt::format("{}, and {} to {} for brokers", one.address.port,
                                                 ports.first, ports.last);
}

void check_ports_between(const loaded_config& loaded, const listener_config& one,
                         const listener_config& other, problems& found) {
    if (are_apart(one.address, other.address)) {
        return;
    }
    const auto ports = broker_ports_of(one);
    const auto others = broker_ports_of(other);
    if (ports.meets(others) || ports.meets(own_port_of(other)) || own_port_of(one).meets(others) ||
        own_port_of(one).meets(own_port_of(other))) {
        found.push_back(
            fmt::format("{}: the ports of {} ({}) meet those of {} ({}); see {}, {}, {}, {}",
                        named(loaded, "listeners"), one.name, describe_ports(one), other.name,
                        describe_ports(other), named_for(loaded, one, "broker.port.base"),
                        named_for(loaded, one, "broker.port.count"),
                        named_for(loaded, other, "broker.port.base"),
                        named_for(loaded, other, "broker.port.count")));
    }
}

void check_ports(const loaded_config& loaded, problems& found) {
    const auto& all = loaded.value.listeners;
    for (auto one = all.begin(); one != all.end(); ++one) {
        if (one->options.broker_port_base != 0) {
            check_ports_of(loaded, *one, found);
        }
        for (auto other = all.begin(); other != one; ++other) {
            if (chooses_ports(*one) && chooses_ports(*other)) {
                check_ports_between(loaded, *other, *one, found);
            }
        }
    }
}

}  // namespace

void resolve_listeners(config& settings) {
    const auto& given = settings.listening;
    auto& listeners = settings.listeners;
    listeners.clear();
    if (given.listeners.empty()) {
        const auto address = given.listener.value_or(host_port{"127.0.0.1", 9192});
        listeners.push_back({.name = "PLAINTEXT",
                             .address = address,
                             .advertised = given.advertised_listener.value_or(address),
                             .options = {}});
    }
    for (const auto& [name, address] : given.listeners) {
        const auto told = std::ranges::find(given.advertised_listeners, name, &named_address::name);
        const auto protocol = given.protocols.find(name);
        listeners.push_back(
            {.name = name,
             .address = address,
             .advertised = told == given.advertised_listeners.end() ? address : told->address,
             .protocol = protocol == given.protocols.end() ? security_protocol::plaintext
                                                           : protocol->second,
             .options = {}});
    }
    for (auto& one : listeners) {
        one.options = options_in_force(given, one);
    }
    const auto of_admin = given.one.find(std::string{admin_listener_name});
    settings.admin_tls =
        of_admin == given.one.end() ? std::nullopt : std::optional{of_admin->second};
    for (auto& one : listeners) {
        if (!one.options.broker_host && !one.options.broker_port_count) {
            one.options.broker_port_count = default_count(listeners, one);
        }
    }
}

std::vector<std::string> find_listener_contradictions(const loaded_config& loaded) {
    auto found = check_forms(loaded);
    if (!found.empty()) {
        return found;  // it isn't clear which listeners are meant
    }
    check_names(loaded, found);
    check_protocols(loaded, found);
    check_listener_tls(loaded, found);
    check_addresses(loaded, found);
    check_ports(loaded, found);
    return found;
}

}  // namespace bkes::proxy
