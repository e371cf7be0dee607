#include "proxy/config/settings.hpp"

#include "proxy/config/kafka_settings.hpp"
#include "proxy/config/listener_settings.hpp"
#include "proxy/config/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

namespace bkes::proxy {

namespace {

using field = std::pair<std::string_view, std::string_view>;  ///< key and help

template <auto Member>
setting number(field name, std::int64_t min, std::int64_t max, std::string_view derived = {}) {
    using type = std::remove_cvref_t<decltype(std::declval<config&>().*Member)>;
    return {.key = std::string{name.first},
            .help = name.second,
            .expects = fmt::format("a number from {} to {}", min, max),
            .derived = derived,
            .assign =
                [min, max](std::string_view text, config& target) {
                    const auto parsed = parse_number(text, min, max);
                    if (!parsed) {
                        return false;
                    }
                    if constexpr (requires { typename type::rep; }) {
                        target.*Member = type{static_cast<typename type::rep>(*parsed)};
                    } else {
                        target.*Member = static_cast<type>(*parsed);
                    }
                    return true;
                },
            .print =
                [](const config& source) {
                    if constexpr (requires { typename type::rep; }) {
                        return std::to_string((source.*Member).value());
                    } else {
                        return std::to_string(source.*Member);
                    }
                }};
}

/// A text that `is_right` accepts.
template <auto Member>
setting text(field name, std::string_view expects, bool (*is_right)(std::string_view),
             std::string_view derived = {}) {
    return {.key = std::string{name.first},
            .help = name.second,
            .expects = std::string{expects},
            .derived = derived,
            .assign =
                [is_right](std::string_view given, config& target) {
                    if (!is_right(trimmed(given))) {
                        return false;
                    }
                    target.*Member = trimmed(given);
                    return true;
                },
            .print = [](const config& source) { return source.*Member; }};
}

/// One of the values of an enum, by name.
template <auto Member, std::size_t Count>
setting choice(field name,
               std::array<std::pair<std::string_view,
                                    std::remove_cvref_t<decltype(std::declval<config&>().*Member)>>,
                          Count>
                   values) {
    std::string names;
    for (const auto& [word, value] : values) {
        names += fmt::format("{}{}", names.empty() ? "" : " or ", word);
    }
    return {.key = std::string{name.first},
            .help = name.second,
            .expects = std::move(names),
            .derived = {},
            .assign =
                [values](std::string_view given, config& target) {
                    const auto row =
                        std::ranges::find(values, trimmed(given), [](auto& v) { return v.first; });
                    if (row == values.end()) {
                        return false;
                    }
                    target.*Member = row->second;
                    return true;
                },
            .print =
                [values](const config& source) {
                    const auto row =
                        std::ranges::find(values, source.*Member, [](auto& v) { return v.second; });
                    return std::string{row->first};
                }};
}

bool assign_bootstrap_servers(std::string_view given, config& target) {
    const auto list = parse_list(given);
    if (!list) {
        return false;
    }
    std::vector<host_port> servers;
    for (const auto& element : *list) {
        const auto server = parse_host_port(element);
        if (!server || server->port == 0) {
            return false;
        }
        servers.push_back(*server);
    }
    target.bootstrap_servers = std::move(servers);
    return true;
}

std::string print_bootstrap_servers(const config& source) {
    std::string list;
    for (const auto& server : source.bootstrap_servers) {
        list += (list.empty() ? "" : ",") + to_string(server);
    }
    return list;
}

bool assign_admin_listener(std::string_view given, config& target) {
    if (trimmed(given).empty()) {
        target.admin_listener.reset();
        return true;
    }
    const auto address = parse_host_port(given);
    if (address) {
        target.admin_listener = address;
    }
    return address.has_value();
}

std::string print_admin_listener(const config& source) {
    return source.admin_listener ? to_string(*source.admin_listener) : "";
}

bool assign_http_hosts(std::string_view given, config& target) {
    if (trimmed(given).empty()) {
        target.http_hosts.clear();
        return true;
    }
    auto list = parse_list(given);
    if (!list || std::ranges::any_of(*list, [](const auto& name) {
            return name.find_first_of(":/ ") != std::string::npos;
        })) {
        return false;
    }
    target.http_hosts = std::move(*list);
    return true;
}

bool assign_topics(std::string_view given, config& target) {
    if (trimmed(given).empty()) {
        target.topics.clear();
        return true;
    }
    auto list = parse_list(given);
    if (!list || !std::ranges::all_of(*list, is_topic_name)) {
        return false;
    }
    target.topics = std::move(*list);
    return true;
}

bool is_not_empty(std::string_view given) {
    return !given.empty();
}

bool is_anything(std::string_view) {
    return true;
}

void add_network_settings(std::vector<setting>& rows) {
    rows.push_back({.key = "bootstrap.servers",
                    .help = "The real Kafka brokers to start from",
                    .expects = "host:port[,host:port...] of real Kafka brokers",
                    .derived = "none, must be given",
                    .assign = assign_bootstrap_servers,
                    .print = print_bootstrap_servers});
    add_listener_settings(rows);
    rows.push_back({.key = "admin.listener",
                    .help = "Where bkes shows itself by HTTP: /livez, /readyz, /status, /metrics",
                    .expects = "host:port, or nothing",
                    .derived = {},
                    .assign = assign_admin_listener,
                    .print = print_admin_listener});
    rows.push_back(choice<&config::http_read>(
        {"http.read", "Serve the page and the HTTP API on admin.listener, by the brokers' rights"},
        std::array{std::pair{std::string_view{"false"}, false},
                   std::pair{std::string_view{"true"}, true}}));
    rows.push_back({.key = "http.hosts",
                    .help = "Names of this instance in a browser, besides localhost and addresses, "
                            "where brokers want no login",
                    .expects = "host[,host...] without ports, or nothing",
                    .derived = {},
                    .assign = assign_http_hosts,
                    .print = [](const config& source) {
                        return fmt::format("{}", fmt::join(source.http_hosts, ","));
                    }});
    rows.push_back(number<&config::http_connections_max>(
        {"http.connections.max",
         "Connections to admin.listener at a time; more are closed at once"},
        1, 1'000'000));
    rows.push_back(number<&config::node_id>(
        {"node.id", "Node id of bkes itself, the leader of all key topics; no broker may have it"},
        0, std::numeric_limits<std::int32_t>::max()));
    rows.push_back(number<&config::connections_max>(
        {"connections.max", "Client connections at a time; more are closed at once"}, 1,
        1'000'000));
    rows.push_back(number<&config::connections_max_per_ip>(
        {"connections.max.per.ip", "Client connections at a time from one address"}, 1,
        std::numeric_limits<std::int32_t>::max()));
    rows.push_back(number<&config::connections_max_idle_ms>(
        {"connections.max.idle.ms", "A client that is owed nothing and sends nothing is given up"},
        1, std::numeric_limits<std::int32_t>::max()));
    rows.push_back(number<&config::connect_timeout_ms>(
        {"connect.timeout.ms", "How long connecting to one address of a broker may take"}, 1,
        600'000));
    rows.push_back(number<&config::drain_ms>(
        {"drain.ms",
         "How long clients may still connect after SIGTERM, while /readyz sends them elsewhere"},
        0, 3'600'000));
    rows.push_back(
        number<&config::threads>({"threads", "Threads that serve clients and partitions"}, 1, 256,
                                 "half of the processors, 1 to 8"));
    rows.push_back(number<&config::busy_poll_us>({"busy.poll.us",
                                                  "How long a thread looks for the answer to an "
                                                  "append, or the next, before it sleeps; 0: it "
                                                  "sleeps at once"},
                                                 0, 10'000, "150, or 0 with one processor"));
    rows.push_back(number<&config::frame_bytes_max>(
        {"frame.bytes.max", "Largest request or response; a larger one closes the connection"},
        1024, std::numeric_limits<std::int32_t>::max()));
}

void add_event_settings(std::vector<setting>& rows) {
    rows.push_back({.key = "topics",
                    .help = "The guarded topics; empty: none, bkes is a proxy only",
                    .expects = "topic[,topic...] with legal Kafka names, or nothing",
                    .derived = {},
                    .assign = assign_topics,
                    .print = [](const config& source) {
                        return fmt::format("{}", fmt::join(source.topics, ","));
                    }});
    rows.push_back(choice<&config::authorize>(
        {"authorize", "Ask for a client's rights on the guarded topic, or on its key topics"},
        std::array{std::pair{std::string_view{"topic"}, authorization::topic},
                   std::pair{std::string_view{"keys"}, authorization::keys}}));
    rows.push_back(number<&config::authorize_cache_ms>(
        {"authorize.cache.ms", "How long a connection's rights are remembered; 0 asks each time"},
        0, 3'600'000));
    rows.push_back(text<&config::order_header>(
        {"order.header", "Record header that says which order an event must get"},
        "a header's name, not empty", is_not_empty));
    rows.push_back(choice<&config::without_order>(
        {"order.required", "Refuse events without that header instead of appending them unchecked"},
        std::array{std::pair{std::string_view{"false"}, missing_order::accepted},
                   std::pair{std::string_view{"true"}, missing_order::refused}}));
    rows.push_back(text<&config::event_id_header>(
        {"event.id.header", "Record header with an event's id, to recognise a resend; empty = off"},
        "a header's name, or nothing", is_anything));
    rows.push_back(choice<&config::misplaced>(
        {"misplaced",
         "Write an append that names another partition than its key's home there, or refuse it"},
        std::array{std::pair{std::string_view{"redirect"}, sync::misplaced_append::redirect},
                   std::pair{std::string_view{"refuse"}, sync::misplaced_append::refuse}}));
    rows.push_back(choice<&config::role>(
        {"role",
         "owner, or router: without a store and data.dir, it gives appends and reads to the owners "
         "of its group.id"},
        std::array{std::pair{std::string_view{"owner"}, instance_role::owner},
                   std::pair{std::string_view{"router"}, instance_role::router}}));
    rows.push_back(
        text<&config::group_id>({"group.id",
                                 "Share the partitions with all instances that have it: a consumer "
                                 "group of the brokers; empty = one instance owns all"},
                                "a group's name, or nothing", is_anything));
    rows.push_back(number<&config::session_timeout_ms>(
        {"session.timeout.ms",
         "With group.id: after so long the partitions of an instance that is gone go to others"},
        1'000, 1'800'000));
    rows.push_back(choice<&config::partitioner>(
        {"partitioner",
         "Where bkes append puts a new key, as clients do: Java and most others, or librdkafka by "
         "itself; with group.id all new keys go there; bkes verify names those that stand "
         "elsewhere"},
        std::array{std::pair{name_of(sync::partitioner::murmur2), sync::partitioner::murmur2},
                   std::pair{name_of(sync::partitioner::crc32), sync::partitioner::crc32}}));
    rows.push_back(number<&config::batch_bytes_max>(
        {"batch.bytes.max", "Largest client batch for a guarded topic, decompressed"}, 1024,
        std::numeric_limits<std::int32_t>::max()));
    rows.push_back(number<&config::hold_ms>(
        {"hold.ms", "How long a request waits for a partition that is not ready"}, 0, 600'000));
    rows.push_back(number<&config::lease_ms>(
        {"lease.ms", "How old the last proof of ownership may be when an answer is given"}, 10,
        60'000));
}

void add_instance_settings(std::vector<setting>& rows) {
    rows.push_back(text<&config::data_dir>(
        {"data.dir", "Directory of the store; it can be deleted and is rebuilt from the topics"},
        "a path", is_not_empty));
    rows.push_back(text<&config::restore_from>({"restore.from",
                                                "Restore point (bkes checkpoint) to begin from "
                                                "where data.dir holds no store yet, or `peer`: one "
                                                "that another instance of group.id offers"},
                                               "a directory, `peer`, or nothing", is_anything));
    rows.push_back(number<&config::store_memory_bytes>(
        {"store.memory.bytes", "Memory of the store: caches and write buffers together"}, 8 << 20,
        std::int64_t{1} << 40));
    rows.push_back(text<&config::instance_id>({"instance.id", "Name of this instance in logs"},
                                              "1 to 249 of A-Z a-z 0-9 . _ -", is_topic_name,
                                              "the host's name"));
    rows.push_back(
        choice<&config::level>({"log.level", "What is logged: this level and above"},
                               std::array{std::pair{std::string_view{"trace"}, log_level::trace},
                                          std::pair{std::string_view{"debug"}, log_level::debug},
                                          std::pair{std::string_view{"info"}, log_level::info},
                                          std::pair{std::string_view{"warn"}, log_level::warn},
                                          std::pair{std::string_view{"error"}, log_level::error}}));
    rows.push_back(choice<&config::format>(
        {"log.format", "How a line of the log looks: for people, or a JSON object"},
        std::array{std::pair{std::string_view{"text"}, log_format::text},
                   std::pair{std::string_view{"json"}, log_format::json}}));
}

std::string with(std::string_view key, char separator) {
    std::string name{key};
    std::ranges::replace(name, '.', separator);
    return name;
}

}  // namespace

std::span<const setting> all_settings() {
    static const auto rows = [] {
        std::vector<setting> made;
        add_network_settings(made);
        add_event_settings(made);
        add_instance_settings(made);
        add_kafka_settings(made);
        return made;
    }();
    return rows;
}

std::optional<setting> find_setting(std::string_view key) {
    const auto rows = all_settings();
    const auto row = std::ranges::find(rows, key, &setting::key);
    return row == rows.end() ? find_listener_setting(key) : std::optional{*row};
}

bool is_secret(std::string_view key) {
    return key.contains("password") || key.contains("secret");
}

std::string environment_name(std::string_view key) {
    return "BKES_" + upper_case(with(key, '_'));
}

std::string flag_name(std::string_view key) {
    return "--" + with(key, '-');
}

}  // namespace bkes::proxy
