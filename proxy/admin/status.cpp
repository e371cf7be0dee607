#include "proxy/admin/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace bkes::proxy {

namespace {

namespace json = boost::json;

std::optional<json::object> object_of(std::string_view text) {
    boost::system::error_code failed;
    auto parsed = json::parse(text, failed);
    return !failed && parsed.is_object() ? std::optional{std::move(parsed.get_object())}
                                         : std::nullopt;
}

/// Throws where a field is missing, or of another type.
std::string table_of(const json::object& status) {
    const auto text = [](const json::value& value) { return value.as_string().c_str(); };
    auto lines = fmt::format("bkes {} instance={} phase={} ready={} connections={}\n",
                             text(status.at("version")), text(status.at("instance")),
                             text(status.at("phase")), status.at("ready").as_bool() ? "yes" : "no",
                             status.at("connections").to_number<std::int64_t>());
    const auto& partitions = status.at("partitions").as_array();
    if (partitions.empty()) {
        return lines;
    }
    std::size_t width = std::string_view{"TOPIC"}.size();
    for (const auto& one : partitions) {
        width = std::max(width, one.at("topic").as_string().size());
    }
    lines += fmt::format("{:<{}}  {:>9}  {:<24}  {:>13}  {:>13}  {:>9}\n", "TOPIC", width,
                         "PARTITION", "STATE", "STORED-OFFSET", "LOG-END-OFFSET", "LAG");
    for (const auto& one : partitions) {
        const auto number = [&one](std::string_view field) {
            return one.at(field).to_number<std::int64_t>();
        };
        lines +=
            fmt::format("{:<{}}  {:>9}  {:<24}  {:>13}  {:>14}  {:>9}\n", text(one.at("topic")),
                        width, number("partition"), text(one.at("state")), number("stored_offset"),
                        number("end_offset"), number("lag"));
    }
    return lines;
}

}  // namespace

std::string status_json(const instance_facts& facts, std::span<const seen_partition> partitions) {
    json::array all;
    for (const auto& one : partitions) {
        const auto& status = one.status;
        all.push_back(json::object{{"topic", one.topic},
                                   {"partition", one.partition.value()},
                                   {"state", name_of(status.state)},
                                   {"stored_offset", status.next_offset.value()},
                                   {"end_offset", status.end_offset.value()},
                                   {"lag", status.lag()}});
        if (!status.owner.empty()) {
            all.back().as_object()["owner"] = status.owner;
        }
    }
    return json::serialize(json::object{{"version", BKES_VERSION},
                                        {"instance", facts.instance_id},
                                        {"phase", name_of(facts.phase)},
                                        {"ready", serves_all(facts.phase, partitions)},
                                        {"connections", facts.connections},
                                        {"partitions", std::move(all)}}) +
           "\n";
}

std::string status_text(std::string_view text) {
    const auto status = object_of(text);
    try {
        return status ? table_of(*status) : std::string{};
    } catch (const std::exception&) {
        return {};
    }
}

bool is_ready(std::string_view text) {
    const auto status = object_of(text);
    const auto* const ready = status ? status->if_contains("ready") : nullptr;
    return ready != nullptr && ready->is_bool() && ready->get_bool();
}

}  // namespace bkes::proxy
