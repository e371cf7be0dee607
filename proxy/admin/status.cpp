#include "proxy/admin/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace bkes::proxy {

namespace {

namespace json = boost::json;
using sync::partition_state;

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

std::string_view name_of(partition_state state) {
    switch (state) {
        case partition_state::catching_up:
            return "catching_up";
        case partition_state::held:
            return "held";
        case partition_state::not_owner:
            return "lost_to_another_instance";
        case partition_state::ready:
            return "ready";
    }
    return "unknown";
}

std::string_view name_of(service_phase phase) {
    switch (phase) {
        case service_phase::starting:
            return "starting";
        case service_phase::serving:
            return "serving";
        case service_phase::draining:
            return "draining";
    }
    return "unknown";
}

std::string status_json(const instance_facts& facts, std::span<const seen_partition> partitions) {
    json::array all;
    for (const auto& one : partitions) {
        const auto& status = one.status;
        all.push_back(json::object{
            {"topic", one.topic},
            {"partition", one.partition.value()},
            {"state", name_of(status.state)},
            {"stored_offset", status.next_offset.value()},
            {"end_offset", status.end_offset.value()},
            {"lag", std::max<std::int64_t>(status.end_offset - status.next_offset, 0)}});
    }
    const bool ready = facts.phase == service_phase::serving &&
                       std::ranges::all_of(partitions, [](const seen_partition& one) {
                           return one.status.state == partition_state::ready;
                       });
    return json::serialize(json::object{{"version", BKES_VERSION},
                                        {"instance", facts.instance_id},
                                        {"phase", name_of(facts.phase)},
                                        {"ready", ready},
                                        {"connections", facts.connections},
                                        {"partitions", std::move(all)}}) +
           "\n";
}

std::string status_text(std::string_view text) {
    boost::system::error_code failed;
    const auto parsed = json::parse(text, failed);
    if (failed || !parsed.is_object()) {
        return {};
    }
    try {
        return table_of(parsed.as_object());
    } catch (const std::exception&) {
        return {};
    }
}

bool is_ready(std::string_view text) {
    boost::system::error_code failed;
    const auto parsed = json::parse(text, failed);
    const auto* const status = failed ? nullptr : parsed.if_object();
    const auto* const ready = status == nullptr ? nullptr : status->if_contains("ready");
    return ready != nullptr && ready->is_bool() && ready->get_bool();
}

}  // namespace bkes::proxy
