#include "proxy/config/config.hpp"

#include "proxy/config/checks.hpp"
#include "proxy/config/client_file.hpp"
#include "proxy/config/kafka_settings.hpp"
#include "proxy/config/listener_settings.hpp"
#include "proxy/config/listeners.hpp"
#include "proxy/config/processors.hpp"
#include "proxy/config/properties.hpp"
#include "proxy/config/settings.hpp"
#include "proxy/config/values.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace bkes::proxy {

namespace {

/// Variables that start with BKES_ and are no settings: the path of the properties file, and what
/// the project's scripts and tests are told.
bool is_no_setting(std::string_view variable) {
    constexpr std::array<std::string_view, 2> names{"BKES_CONFIG", "BKES_SKIP_PACKAGES"};
    return std::ranges::find(names, variable) != names.end() || variable.starts_with("BKES_TEST_");
}

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file.is_open() || file.bad()) {
        throw config_error{
            fmt::format("can't read the configuration file {}: {}", path, std::strerror(errno))};
    }
    return text;
}

std::string lower_with_dots(std::string_view name) {
    std::string key{name};
    std::ranges::transform(key, key.begin(), [](unsigned char c) {
        return c == '_' ? '.' : static_cast<char>(std::tolower(c));
    });
    return key;
}

/// The settings among `variables`; what isn't one keeps its variable's name as key.
std::vector<assignment> from_environment(const std::vector<std::string>& variables) {
    std::vector<assignment> found;
    for (const std::string_view variable : variables) {
        const auto equals = variable.find('=');
        const auto name = variable.substr(0, equals);
        if (!name.starts_with("BKES_") || is_no_setting(name) || equals == std::string_view::npos) {
            continue;
        }
        const auto rows = all_settings();
        const auto row = std::ranges::find_if(
            rows, [name](const setting& s) { return environment_name(s.key) == name; });
        std::string key{name};
        if (row != rows.end()) {
            key = row->key;
        } else if (auto of_listener = listener_key_of_variable(name)) {
            key = std::move(*of_listener);
        } else if (name.starts_with("BKES_KAFKA_")) {
            key = lower_with_dots(name.substr(std::string_view{"BKES_"}.size()));
        }
        found.push_back({std::move(key), std::string{variable.substr(equals + 1)},
                         fmt::format("environment variable {}", name)});
    }
    return found;
}

std::string describe_unknown(const assignment& unknown) {
    const bool is_flag = unknown.source.starts_with("flag ");
    const bool is_variable = unknown.key.starts_with("BKES_");
    std::vector<std::string> known;
    for (const auto& row : all_settings()) {
        known.push_back(is_variable ? environment_name(row.key)
                        : is_flag   ? flag_name(row.key)
                                    : std::string{row.key});
    }
    const auto given = is_flag ? flag_name(unknown.key) : unknown.key;
    const auto lower = lower_case(unknown.key);
    const auto meant = find_setting(lower) ? std::optional{is_flag ? flag_name(lower) : lower}
                                           : closest(given, known);
    const auto hint = meant ? fmt::format("did you mean {}?", *meant)
                            : std::string{"bkes serve --help lists all settings"};
    return is_flag || is_variable
               ? fmt::format("{}: there is no such setting; {}", unknown.source, hint)
               : fmt::format("{}: there is no setting {}; {}", unknown.source, unknown.key, hint);
}

/// One that librdkafka may know is refused by more than its absence.
std::string describe_unknown_kafka(const assignment& unknown) {
    std::vector<std::string_view> honoured;
    for (const auto& row : all_settings()) {
        if (row.key.starts_with(kafka_prefix)) {
            honoured.push_back(row.key);
        }
    }
    return fmt::format(
        "{}: {} is not honoured by all of bkes' connections, so it is refused; there are {}",
        unknown.source, unknown.key, fmt::join(honoured, ", "));
}

/// Empty, or what is wrong with it.
std::string apply(const assignment& given, loaded_config& target) {
    std::string problem;
    const auto key = canonical_kafka_key(given.key);
    if (const auto row = find_setting(key); !row) {
        problem = given.key.starts_with(kafka_prefix) ? describe_unknown_kafka(given)
                                                      : describe_unknown(given);
    } else if (!row->assign(given.value, target.value)) {
        problem = fmt::format("{}: \"{}\" is no value for {}; expected {}", given.source,
                              given.value, given.key, row->expects);
    }
    if (problem.empty()) {
        target.origins[std::string{key}] = given.source;
    }
    return problem;
}

/// Half as many as processors, within reason. A sidecar shares them with clients and often brokers,
/// and appends that meet on one thread are merged without waking another.
std::int32_t default_threads(unsigned processors) {
    constexpr unsigned threads_max = 8;
    return static_cast<std::int32_t>(std::clamp(processors / 2, 1U, threads_max));
}

/// A thread that looks for messages on the only processor keeps from it who would send them.
std::int32_t default_busy_poll_us(unsigned processors) {
    return processors > 1 ? 150 : 0;
}

void fill_derived(loaded_config& loaded) {
    auto& c = loaded.value;
    resolve_listeners(c);
    const auto processors = usable_processors();
    if (!loaded.origins.contains("threads")) {
        c.threads = default_threads(processors);
    }
    if (!loaded.origins.contains("busy.poll.us")) {
        c.busy_poll_us = default_busy_poll_us(processors);
    }
    if (!loaded.origins.contains("instance.id")) {
        boost::system::error_code failed;
        const auto host = boost::asio::ip::host_name(failed);
        c.instance_id = is_topic_name(host) ? host : "bkes";
    }
}

}  // namespace

loaded_config load_config(const config_sources& sources) {
    std::vector<assignment> given;
    if (sources.file) {
        given = parse_properties(read_file(*sources.file), *sources.file);
    }
    std::ranges::move(from_environment(sources.environment), std::back_inserter(given));
    loaded_config loaded;
    if (sources.client_file) {
        std::erase_if(given, [](const auto& one) { return one.key.starts_with(kafka_prefix); });
        for (auto& one :
             read_client_properties(read_file(*sources.client_file), *sources.client_file)) {
            loaded.of_client_file.push_back(one.key);
            given.push_back(std::move(one));
        }
    }
    std::ranges::copy(sources.flags, std::back_inserter(given));

    std::vector<std::string> problems;
    for (const auto& one : given) {
        if (auto problem = apply(one, loaded); !problem.empty()) {
            problems.push_back(std::move(problem));
        }
    }
    fill_derived(loaded);
    if (problems.empty()) {
        problems = find_contradictions(loaded);
    }
    if (!problems.empty()) {
        throw config_error{fmt::format("{}", fmt::join(problems, "\n"))};
    }
    return loaded;
}

void check_brokers_are_named(const config& settings) {
    if (settings.bootstrap_servers.empty()) {
        throw config_error{
            "bootstrap.servers is not set: name the real Kafka brokers, for example "
            "--bootstrap-servers localhost:9092"};
    }
}

std::string print_config(const loaded_config& loaded) {
    std::string out;
    const auto print = [&](std::string_view key, std::string_view value) {
        const auto origin = loaded.origins.find(key);
        if (origin != loaded.origins.end()) {
            out += fmt::format("# {}\n", origin->second);
        }
        out += fmt::format("{}={}\n", key, escape_property(value));
    };
    const auto print_row = [&](const setting& row) {
        const auto value = row.print(loaded.value);
        if (value.empty() && !loaded.origins.contains(row.key)) {
            out += fmt::format("# {} is not set\n", row.key);
        } else if (row.key.ends_with("broker.port.base") && value == "0") {
            out += fmt::format("# {}: any free ports\n", row.key);
        } else {
            print(row.key, is_secret(row.key) ? "[hidden]" : value);
        }
    };
    std::ranges::for_each(all_settings(), print_row);
    for (const auto& [name, address] : loaded.value.listening.listeners) {
        for (const auto& row : all_listener_settings()) {
            print_row(for_one_listener(row, name));
        }
    }
    return out;
}

}  // namespace bkes::proxy
