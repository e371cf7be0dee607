#include "proxy/admin/readiness.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>

namespace bkes::proxy {

namespace {

namespace json = boost::json;
using std::chrono::steady_clock;
using sync::partition_state;

/// How far, and how long yet at the pace since it began.
void add_progress(json::object& reason, const sync::partition_status& status,
                  steady_clock::time_point now) {
    const auto left = status.lag();
    if (status.end_offset.value() > 0) {
        const auto share = static_cast<double>(status.next_offset.value()) /
                           static_cast<double>(status.end_offset.value());
        reason["percent"] = std::floor(1000 * share) / 10;
    }
    reason["offsets_left"] = left;
    const auto took = std::chrono::duration<double>{now - status.catch_up_began}.count();
    const auto read = status.next_offset - status.catch_up_from;
    if (left > 0 && read > 0) {
        reason["seconds_left"] =
            std::ceil(took / static_cast<double>(read) * static_cast<double>(left));
    }
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
        case partition_state::followed:
            return "followed";
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

bool serves_all(service_phase phase, std::span<const seen_partition> partitions) {
    return phase == service_phase::serving &&
           std::ranges::all_of(partitions, &sync::partition_status::is_served,
                               &seen_partition::status);
}

readiness judge_readiness(service_phase phase, std::span<const seen_partition> partitions,
                          steady_clock::time_point now) {
    json::array reasons;
    if (phase != service_phase::serving) {
        reasons.push_back(json::object{{"reason", name_of(phase)}});
    }
    for (const auto& one : partitions) {
        if (one.status.is_served()) {
            continue;
        }
        json::object reason{{"reason", name_of(one.status.state)},
                            {"topic", one.topic},
                            {"partition", one.partition.value()}};
        if (one.status.state == partition_state::catching_up) {
            add_progress(reason, one.status, now);
        }
        reasons.push_back(std::move(reason));
    }
    const bool is_ready = serves_all(phase, partitions);
    json::object all{{"ready", is_ready}};
    if (!is_ready) {
        all["reasons"] = std::move(reasons);
    }
    return {.is_ready = is_ready, .json = json::serialize(all) + "\n"};
}

}  // namespace bkes::proxy
