#include "proxy/commands/client_options.hpp"

#include "protocol/kafka_error.hpp"
#include "proxy/config/settings.hpp"
#include "proxy/config/values.hpp"
#include "proxy/log/text.hpp"
#include "sync/oauth/open_security.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace bkes::proxy {

namespace {

constexpr option servers_option{"--bootstrap-servers", "HOST:PORT",
                                "Where bkes listens [listener of the configuration, "
                                "127.0.0.1:9192]"};
constexpr option json_option{"--json", "", "Print one JSON object a line"};

std::vector<host_port> addresses_of_bkes(const invocation& call, const loaded_config& loaded) {
    if (const auto given = call.args.last(servers_option.name)) {
        std::vector<host_port> servers;
        for (const auto& element : parse_list(*given).value_or(std::vector<std::string>{""})) {
            const auto server = parse_host_port(element);
            if (!server || server->port == 0) {
                throw usage_error{fmt::format("{}: \"{}\" is no host:port[,host:port...]",
                                              servers_option.name, *given)};
            }
            servers.push_back(*server);
        }
        return servers;
    }
    if (loaded.is_of_client_file("bootstrap.servers")) {
        return loaded.value.bootstrap_servers;
    }
    const auto& address = loaded.value.listeners.front().address;
    if (address.port == 0) {
        throw usage_error{"the listener is on any free port; name it with --bootstrap-servers"};
    }
    return {reached_from_here(address)};
}

}  // namespace

std::vector<option> with_client_options(std::vector<option> own) {
    own.insert(own.end(),
               {json_option, servers_option, timeout_option, command_config_option, config_option});
    return own;
}

std::vector<std::string_view> with_client_settings(std::vector<std::string_view> own) {
    for (const auto& row : all_settings()) {
        if (row.key.starts_with(kafka_prefix)) {
            own.push_back(row.key);
        }
    }
    return own;
}

outcome<way_to_bkes> find_bkes(const invocation& call) {
    const auto limit = timeout_of(call);
    const auto loaded = load_config(call);
    auto servers = addresses_of_bkes(call, loaded);
    auto security = sync::open_security(loaded.value.kafka);
    if (!security) {
        return give_up{{exit_usage, std::move(security.error())}};
    }
    return way_to_bkes{std::move(servers), limit, std::move(*security)};
}

outcome<std::unique_ptr<kafka_client>> connect_to_bkes(const invocation& call) {
    const auto way = find_bkes(call);
    if (!way) {
        return give_up{way.error()};
    }
    return kafka_client::connect(way->servers, way->limit, way->security);
}

std::chrono::milliseconds timeout_of(const invocation& call) {
    return std::chrono::milliseconds{call.args.number(timeout_option.name, 10'000, 1, 3'600'000)};
}

output_form output_form_of(const invocation& call) {
    return call.args.has(json_option.name) ? output_form::json : output_form::text;
}

std::string bytes_of(const invocation& call, const std::string& text, std::string_view hex_option) {
    if (!call.args.has(hex_option)) {
        return text;
    }
    std::string data;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        unsigned octet = 0;
        const auto* const end = text.data() + std::min(at + 2, text.size());
        const auto [stop, error] = std::from_chars(text.data() + at, end, octet, 16);
        if (error != std::errc{} || stop != text.data() + at + 2) {
            throw usage_error{
                fmt::format("{}: \"{}\" is not hexadecimal, two digits a byte", hex_option, text)};
        }
        data += static_cast<char>(octet);
    }
    return data;
}

command_failure refused_by_server(std::int16_t error_code, std::optional<bytes_view> message) {
    const auto name = protocol::name_of(protocol::kafka_error{error_code});
    if (message && !message->empty()) {
        // The server's own words, without the "bkes: " that this program puts in front itself.
        const auto own_prefix = std::string_view{"bkes: "};
        const auto words =
            message->substr(message->starts_with(own_prefix) ? own_prefix.size() : 0);
        return {exit_refused, fmt::format("{} ({})", without_controls(words), name)};
    }
    return {exit_refused, fmt::format("the server answered {} ({})", name, error_code)};
}

}  // namespace bkes::proxy
