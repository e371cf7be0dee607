#include "proxy/config/listener_settings.hpp"

#include "proxy/config/broker_host.hpp"
#include "proxy/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace bkes::proxy {

namespace {

struct row_text {
    std::string_view key;
    std::string_view help;
    std::string expects;
    std::string_view derived{};
};

/// `parse` gives a std::optional, `print` takes what is in it.
template <class Value, class Parse, class Print>
listener_setting row(const row_text& text, std::optional<Value> listener_options::* member,
                     Parse parse, Print print) {
    return {.key = text.key,
            .help = text.help,
            .expects = text.expects,
            .derived = text.derived,
            .assign =
                [member, parse](std::string_view given, listener_options& target) {
                    const auto value = parse(given);
                    if (value) {
                        target.*member = value;
                    }
                    return value.has_value();
                },
            .print =
                [member, print](const listener_options& source) {
                    return source.*member ? print(*(source.*member)) : std::string{};
                },
            .inherit =
                [member](listener_options& target, const listener_options& source) {
                    if (!(target.*member)) {
                        target.*member = source.*member;
                    }
                }};
}

listener_setting port_number(std::string_view key, std::string_view help, std::string_view derived,
                             std::optional<std::uint16_t> listener_options::* member) {
    const auto parse = [](std::string_view text) -> std::optional<std::uint16_t> {
        const auto number = parse_number(text, 1, 65535);
        return number ? std::optional{static_cast<std::uint16_t>(*number)} : std::nullopt;
    };
    return row({key, help, "a number from 1 to 65535", derived}, member, parse,
               [](std::uint16_t number) { return std::to_string(number); });
}

std::optional<std::string> if_not_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{std::string{text}};
}

listener_setting path(std::string_view key, std::string_view help, std::string_view derived,
                      std::optional<std::string> listener_options::* member) {
    return row({key, help, "a PEM file", derived}, member, if_not_empty, std::identity{});
}

listener_setting broker_host() {
    const auto parse = [](std::string_view text) {
        const auto pattern = trimmed(text);
        return is_broker_host(pattern) ? std::optional{std::string{pattern}} : std::nullopt;
    };
    return row({"broker.host",
                "Broker N is reached through bkes by this name with N for $(id), on the port of a "
                "listener with TLS",
                "the name of a host with $(id) in it once, as in broker-$(id).bkes.example.com",
                "none, brokers have ports"},
               &listener_options::broker_host, parse, std::identity{});
}

listener_setting client_auth() {
    using enum client_certificate;
    static constexpr std::array words{std::pair{std::string_view{"none"}, none},
                                      std::pair{std::string_view{"requested"}, requested},
                                      std::pair{std::string_view{"required"}, required}};
    const auto parse = [](std::string_view text) -> std::optional<client_certificate> {
        const auto* const word =
            std::ranges::find(words, trimmed(text), [](const auto& one) { return one.first; });
        return word == words.end() ? std::nullopt : std::optional{word->second};
    };
    const auto print = [](client_certificate value) {
        const auto* const word =
            std::ranges::find(words, value, [](const auto& one) { return one.second; });
        return std::string{word->first};
    };
    return row({"ssl.client.auth", "Whether clients show a certificate of ssl.ca.location",
                "none or requested or required", "none"},
               &listener_options::ssl_client_auth, parse, print);
}

/// The options that a listener's name stands for, in force where they are known.
const listener_options* options_of(const config& source, const std::string& name) {
    if (name == admin_listener_name) {
        return source.admin_tls ? &*source.admin_tls : nullptr;
    }
    const auto listener = std::ranges::find(source.listeners, name, &listener_config::name);
    return listener == source.listeners.end() ? nullptr : &listener->options;
}

/// A listener of which both the address and what clients are told may be said.
setting short_form(std::string_view key, std::string_view help, std::string_view derived,
                   std::uint16_t port_min, std::optional<host_port> listener_settings::* given,
                   host_port listener_config::* in_force) {
    return {.key = std::string{key},
            .help = help,
            .expects = "host:port",
            .derived = derived,
            .assign =
                [port_min, given](std::string_view text, config& target) {
                    const auto parsed = parse_host_port(text);
                    if (!parsed || parsed->port < port_min) {
                        return false;
                    }
                    target.listening.*given = *parsed;
                    return true;
                },
            .print =
                [given, in_force](const config& source) {
                    if (source.listening.*given) {
                        return to_string(*(source.listening.*given));
                    }
                    return source.listening.listeners.empty() && !source.listeners.empty()
                               ? to_string(source.listeners.front().*in_force)
                               : std::string{};
                }};
}

setting long_form(std::string_view key, std::string_view help, std::string_view derived,
                  std::uint16_t port_min, std::vector<named_address> listener_settings::* given) {
    return {.key = std::string{key},
            .help = help,
            .expects = "NAME://host:port[,NAME://host:port...] with names of A-Z 0-9 _",
            .derived = derived,
            .assign =
                [port_min, given](std::string_view text, config& target) {
                    const auto list = parse_list(text);
                    std::vector<named_address> addresses;
                    for (const auto& element : list.value_or(std::vector<std::string>{""})) {
                        auto address = parse_named_address(element);
                        if (!address || address->address.port < port_min) {
                            return false;
                        }
                        addresses.push_back(std::move(*address));
                    }
                    target.listening.*given = std::move(addresses);
                    return true;
                },
            .print =
                [given](const config& source) {
                    std::string list;
                    for (const auto& [name, address] : source.listening.*given) {
                        list += fmt::format("{}{}://{}", list.empty() ? "" : ",", name,
                                            to_string(address));
                    }
                    return list;
                }};
}

bool assign_protocols(std::string_view text, config& target) {
    const auto list = parse_list(text);
    protocol_map protocols;
    for (const auto& element : list.value_or(std::vector<std::string>{""})) {
        const auto colon = element.find(':');
        const auto name = trimmed(std::string_view{element}.substr(0, colon));
        if (colon == std::string::npos || !is_listener_name(name)) {
            return false;
        }
        const auto protocol = parse_security_protocol(element.substr(colon + 1));
        if (!protocol || !protocols.emplace(upper_case(name), *protocol).second) {
            return false;
        }
    }
    target.listening.protocols = std::move(protocols);
    return true;
}

std::string print_protocols(const config& source) {
    std::string list;
    if (source.listening.listeners.empty() &&
        source.listening.protocols == listener_settings{}.protocols) {
        return list;  // it belongs to the other form
    }
    for (const auto& [name, protocol] : source.listening.protocols) {
        list += fmt::format("{}{}:{}", list.empty() ? "" : ",", name, name_of(protocol));
    }
    return list;
}

}  // namespace

std::span<const listener_setting> all_listener_settings() {
    using options = listener_options;
    static const std::array rows{
        port_number("broker.port.base", "Broker N is reached through bkes on this port + N",
                    "the listener's port + 1", &options::broker_port_base),
        port_number("broker.port.count", "How many ports there are for brokers",
                    "100, or as many as there are below another listener's",
                    &options::broker_port_count),
        broker_host(),
        path("ssl.certificate.location",
             "The certificate of listeners with TLS, with its chain behind it",
             "none, such a listener needs one", &options::ssl_certificate_location),
        path("ssl.key.location", "The key of that certificate", "none", &options::ssl_key_location),
        row({"ssl.key.password", "The password of that key", "a password", "none"},
            &options::ssl_key_password, if_not_empty, std::identity{}),
        path("ssl.ca.location", "Whose certificates clients show, if ssl.client.auth wants some",
             "none", &options::ssl_ca_location),
        client_auth()};
    return rows;
}

setting for_all_listeners(const listener_setting& row) {
    return {.key = std::string{row.key},
            .help = row.help,
            .expects = row.expects,
            .derived = row.derived,
            .assign = [assign = row.assign](
                          std::string_view text,
                          config& target) { return assign(text, target.listening.all); },
            .print =
                [print = row.print](const config& source) {
                    // A single one: what is in force. Several: what was said for all of them.
                    const bool is_single =
                        source.listening.listeners.empty() && !source.listeners.empty();
                    const auto in_force =
                        is_single ? print(source.listeners.front().options) : std::string{};
                    return in_force.empty() ? print(source.listening.all) : in_force;
                }};
}

std::string key_for_one_listener(std::string_view name, std::string_view key) {
    return fmt::format("{}{}.{}", listener_prefix, lower_case(name), key);
}

setting for_one_listener(const listener_setting& row, const std::string& name) {
    return {.key = key_for_one_listener(name, row.key),
            .help = row.help,
            .expects = row.expects,
            .derived = row.key,
            .assign = [assign = row.assign, name](
                          std::string_view text,
                          config& target) { return assign(text, target.listening.one[name]); },
            .print =
                [print = row.print, name](const config& source) {
                    const auto* options = options_of(source, name);
                    return options == nullptr ? std::string{} : print(*options);
                }};
}

std::optional<setting> find_listener_setting(std::string_view key) {
    if (!key.starts_with(listener_prefix)) {
        return std::nullopt;
    }
    const auto rest = key.substr(listener_prefix.size());
    const auto dot = rest.find('.');
    const auto name = rest.substr(0, dot);
    if (dot == std::string_view::npos || !is_listener_name(name) || name != lower_case(name)) {
        return std::nullopt;
    }
    const auto rows = all_listener_settings();
    const auto row = std::ranges::find(rows, rest.substr(dot + 1), &listener_setting::key);
    return row == rows.end() ? std::nullopt
                             : std::optional{for_one_listener(*row, upper_case(name))};
}

std::optional<std::string> listener_key_of_variable(std::string_view variable) {
    static const auto prefix = environment_name(listener_prefix);
    static const auto begin = environment_name("");
    if (!variable.starts_with(prefix)) {
        return std::nullopt;
    }
    for (const auto& row : all_listener_settings()) {
        const auto end = "_" + environment_name(row.key).substr(begin.size());
        if (variable.ends_with(end) && variable.size() > prefix.size() + end.size()) {
            const auto name =
                variable.substr(prefix.size(), variable.size() - prefix.size() - end.size());
            return key_for_one_listener(name, row.key);
        }
    }
    return std::nullopt;
}

void add_listener_settings(std::vector<setting>& rows) {
    rows.push_back(short_form(
        "listener", "Where bkes listens for clients, in plain text; port 0 takes any free one",
        "127.0.0.1:9192, unless there are listeners", 0, &listener_settings::listener,
        &listener_config::address));
    rows.push_back(short_form(
        "advertised.listener", "The address that clients are told for bkes, as they can reach it",
        "listener", 1, &listener_settings::advertised_listener, &listener_config::advertised));
    rows.push_back(long_form("listeners", "Instead of listener: several, each with a name", "none",
                             0, &listener_settings::listeners));
    rows.push_back(long_form("advertised.listeners",
                             "The addresses that clients of each of the listeners are told",
                             "listeners", 1, &listener_settings::advertised_listeners));
    rows.push_back({.key = "listener.security.protocol.map",
                    .help = "How clients speak on each of the listeners",
                    .expects =
                        "NAME:PROTOCOL[,NAME:PROTOCOL...] with each name once, and PLAINTEXT, "
                        "SSL, SASL_PLAINTEXT or SASL_SSL",
                    .derived = "each protocol is the name of one that speaks it",
                    .assign = assign_protocols,
                    .print = print_protocols});
    for (const auto& row : all_listener_settings()) {
        rows.push_back(for_all_listeners(row));
    }
}

}  // namespace bkes::proxy
