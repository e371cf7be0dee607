#include "proxy/config/checks.hpp"

#include "proxy/config/listener_settings.hpp"
#include "proxy/config/listeners.hpp"
#include "proxy/config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bkes::proxy {

namespace {

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

/// The other instances come to the first listener of one that owns as bkes itself, secured as bkes' own
/// connections are.
void check_group(const loaded_config& loaded, std::vector<std::string>& found) {
    const bool is_router = loaded.value.role == instance_role::router;
    if (loaded.value.group_id.empty()) {
        if (loaded.value.restore_from == from_a_peer) {
            found.push_back(fmt::format("{} needs group.id, by which it finds the other instances",
                                        named(loaded, "restore.from")));
        }
        if (is_router) {
            found.push_back(fmt::format("{} needs group.id, by which it finds the owners",
                                        named(loaded, "role")));
        }
        return;
    }
    if (loaded.value.topics.empty()) {
        found.push_back(fmt::format("{} shares the guarded topics, and {} has none",
                                    named(loaded, "group.id"), named(loaded, "topics")));
    }
    const auto& first = loaded.value.listeners.front();
    if (!is_router && first.protocol != loaded.value.kafka.protocol) {
        found.push_back(fmt::format(
            "{} wants a first listener that the other instances can use, {}, but {} speaks {}",
            named(loaded, "group.id"), named(loaded, "kafka.security.protocol"), first.name,
            name_of(first.protocol)));
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
        if (loaded.value.kafka.mechanism == sync::sasl_mechanism::oauthbearer) {
            need("kafka.sasl.oauthbearer.method");
            need("kafka.sasl.oauthbearer.token.endpoint.url");
            need("kafka.sasl.oauthbearer.client.id");
            need("kafka.sasl.oauthbearer.client.secret");
        } else {
            need("kafka.sasl.username");
            need("kafka.sasl.password");
        }
    }
}

}  // namespace

std::string named(const loaded_config& loaded, std::string_view key) {
    const auto origin = loaded.origins.find(key);
    return fmt::format("{}={} ({})", key,
                       is_secret(key) ? "[hidden]" : find_setting(key)->print(loaded.value),
                       origin == loaded.origins.end() ? "default" : origin->second);
}

std::string named_for(const loaded_config& loaded, const listener_config& one,
                      std::string_view key) {
    const auto own = key_for_one_listener(one.name, key);
    const bool is_own = loaded.origins.contains(own);
    const bool is_common = loaded.origins.contains(key) || loaded.value.listeners.size() == 1;
    return named(loaded, !is_own && is_common ? key : own);
}

std::vector<std::string> find_contradictions(const loaded_config& loaded) {
    auto found = find_listener_contradictions(loaded);
    check_topics(loaded, found);
    check_headers(loaded, found);
    check_group(loaded, found);
    check_security(loaded, found);
    return found;
}

}  // namespace bkes::proxy
