#include "proxy/config/checks.hpp"

#include "proxy/config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bkes::proxy {

namespace {

/// The setting as a person can find it: `topics=a,b (bkes.properties:3)`.
std::string named(const loaded_config& loaded, std::string_view key) {
    const auto origin = loaded.origins.find(key);
    return fmt::format("{}={} ({})", key, find_setting(key)->print(loaded.value),
                       origin == loaded.origins.end() ? "default" : origin->second);
}

bool is_any_address(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

void check_addresses(const loaded_config& loaded, std::vector<std::string>& found) {
    const auto& c = loaded.value;
    if (is_any_address(c.advertised_listener.host)) {
        found.push_back(fmt::format(
            "{}: clients can't connect to this address; set advertised.listener to a host:port "
            "that they can reach",
            named(loaded, loaded.origins.contains("advertised.listener") ? "advertised.listener"
                                                                         : "listener")));
    }
    for (const auto& server : c.bootstrap_servers) {
        if (server == c.listener || server == c.advertised_listener) {
            found.push_back(
                fmt::format("{}: {} is bkes' own listener; name the real Kafka brokers here",
                            named(loaded, "bootstrap.servers"), to_string(server)));
        }
    }
}

void check_ports(const loaded_config& loaded, std::vector<std::string>& found) {
    const auto& c = loaded.value;
    const int first = c.broker_port_base;
    const int last = first + c.broker_port_count - 1;
    if (first == 0) {
        return;
    }
    if (last > 65535) {
        found.push_back(fmt::format(
            "{} with {}: the last port would be {}, and there are only "
            "65535; choose a lower base or a smaller count",
            named(loaded, "broker.port.base"), named(loaded, "broker.port.count"), last));
    }
    if (c.listener.port >= first && c.listener.port <= last) {
        found.push_back(
            fmt::format("{}: its port is one of the broker ports {} to {} made from {} "
                        "and {}; move one of them",
                        named(loaded, "listener"), first, last, named(loaded, "broker.port.base"),
                        named(loaded, "broker.port.count")));
    }
}

void check_topics(const loaded_config& loaded, std::vector<std::string>& found) {
    std::set<std::string_view> seen;
    for (const auto& topic : loaded.value.topics) {
        if (!seen.insert(topic).second) {
            found.push_back(
                fmt::format("{}: {} stands in it twice", named(loaded, "topics"), topic));
        }
        if (topic == "__consumer_offsets" || topic == "__transaction_state") {
            found.push_back(fmt::format("{}: {} is Kafka's own and can't be guarded",
                                        named(loaded, "topics"), topic));
        }
    }
    for (const auto& topic : seen) {
        for (const auto& other : seen) {
            if (topic.starts_with(fmt::format("{}.key.", other))) {
                found.push_back(fmt::format("{}: {} lies in the name space of {}'s key topics",
                                            named(loaded, "topics"), topic, other));
            }
        }
    }
}

void check_headers(const loaded_config& loaded, std::vector<std::string>& found) {
    if (loaded.value.order_header == loaded.value.event_id_header) {
        found.push_back(fmt::format("{} and {}: one header can't hold both",
                                    named(loaded, "order.header"),
                                    named(loaded, "event.id.header")));
    }
}

void check_security(const loaded_config& loaded, std::vector<std::string>& found) {
    const auto need = [&](std::string_view key) {
        if (!loaded.origins.contains(key)) {
            found.push_back(
                fmt::format("{} needs {}", named(loaded, "kafka.security.protocol"), key));
        }
    };
    if (loaded.value.kafka.is_sasl()) {
        need("kafka.sasl.mechanism");
        need("kafka.sasl.username");
        need("kafka.sasl.password");
    }
}

}  // namespace

std::vector<std::string> find_contradictions(const loaded_config& loaded) {
    std::vector<std::string> found;
    check_addresses(loaded, found);
    check_ports(loaded, found);
    check_topics(loaded, found);
    check_headers(loaded, found);
    check_security(loaded, found);
    return found;
}

}  // namespace bkes::proxy
