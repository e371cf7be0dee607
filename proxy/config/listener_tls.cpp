#include "proxy/config/listener_tls.hpp"

#include "proxy/config/checks.hpp"
#include "proxy/config/listener_settings.hpp"
#include "proxy/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

namespace bkes::proxy {

namespace {

using problems = std::vector<std::string>;

/// `of`: whose options they are, and how they are called.
void check_needs(const listener_options& options, std::string_view whose,
                 const std::function<std::string(std::string_view key)>& called,
                 std::string_view client_auth, problems& found) {
    const auto need = [&](const auto& given, std::string_view key, std::string_view why) {
        if (!given) {
            found.push_back(fmt::format("{} needs {}{}", whose, called(key), why));
        }
    };
    need(options.ssl_certificate_location, "ssl.certificate.location", "");
    need(options.ssl_key_location, "ssl.key.location", "");
    if (options.ssl_client_auth.value_or(client_certificate::none) != client_certificate::none) {
        need(options.ssl_ca_location, "ssl.ca.location", fmt::format(", as {}", client_auth));
    }
}

void check_needs(const loaded_config& loaded, const listener_config& one, problems& found) {
    check_needs(
        one.options, fmt::format("{} speaks {} and", one.name, name_of(one.protocol)),
        [&one](std::string_view key) {
            return fmt::format("{} (or {})", key, key_for_one_listener(one.name, key));
        },
        named_for(loaded, one, "ssl.client.auth"), found);
}

/// admin.listener speaks TLS only if it is said of it alone: what is said of all listeners is of those
/// for clients of Kafka.
void check_admin(const loaded_config& loaded, problems& found) {
    const auto& settings = loaded.value;
    if (std::ranges::find(settings.listeners, admin_listener_name, &listener_config::name) !=
        settings.listeners.end()) {
        found.push_back(fmt::format("{}: {} is how admin.listener is called; choose another name",
                                    named(loaded, "listeners"), admin_listener_name));
        return;
    }
    if (!settings.admin_tls) {
        return;
    }
    const auto called = [](std::string_view key) {
        return key_for_one_listener(admin_listener_name, key);
    };
    for (const auto* key : {"broker.host", "broker.port.base", "broker.port.count"}) {
        if (loaded.origins.contains(called(key))) {
            found.push_back(
                fmt::format("{}: admin.listener leads to no brokers", named(loaded, called(key))));
        }
    }
    check_needs(*settings.admin_tls, "admin.listener with TLS", called,
                named(loaded, called("ssl.client.auth")), found);
}

void check_one_way_to_brokers(const loaded_config& loaded, const listener_config& one,
                              problems& found) {
    const auto host = key_for_one_listener(one.name, "broker.host");
    for (const auto* port : {"broker.port.base", "broker.port.count"}) {
        const auto key = key_for_one_listener(one.name, port);
        if (loaded.origins.contains(host) && loaded.origins.contains(key)) {
            found.push_back(
                fmt::format("{} and {}: brokers have names, or ports", named(loaded, host), key));
        }
    }
}

void check_nothing_is_in_vain(const loaded_config& loaded, problems& found) {
    const auto& all = loaded.value.listeners;
    const bool is_any_tls = std::ranges::any_of(all, uses_tls, &listener_config::protocol);
    for (const auto& row : all_listener_settings()) {
        if (!is_of_tls(row.key)) {
            continue;
        }
        if (loaded.origins.contains(row.key) && !is_any_tls) {
            found.push_back(
                fmt::format("{}: no listener speaks TLS; name one in listeners, for example "
                            "SASL_SSL://0.0.0.0:9192",
                            named(loaded, row.key)));
        }
        for (const auto& one : all) {
            const auto own = key_for_one_listener(one.name, row.key);
            if (loaded.origins.contains(own) && !uses_tls(one.protocol)) {
                found.push_back(fmt::format("{}: {} speaks {}, which is no TLS; see {}",
                                            named(loaded, own), one.name, name_of(one.protocol),
                                            named(loaded, "listener.security.protocol.map")));
            }
        }
    }
}

}  // namespace

bool is_of_tls(std::string_view key) {
    return key.starts_with("ssl.") || key == "broker.host";
}

void check_listener_tls(const loaded_config& loaded, std::vector<std::string>& found) {
    for (const auto& one : loaded.value.listeners) {
        if (uses_tls(one.protocol)) {
            check_needs(loaded, one, found);
        }
        check_one_way_to_brokers(loaded, one, found);
    }
    check_admin(loaded, found);
    check_nothing_is_in_vain(loaded, found);
}

}  // namespace bkes::proxy
