#pragma once
// The partitions of a guarded topic, by number. One may be gone when it is asked for.

#include "protocol/core/ids.hpp"
#include "sync/guarded_topics.hpp"

#include <cstdint>
#include <ranges>
#include <string>

namespace bkes::proxy {

inline auto partitions_of(const sync::guarded_topics& topics, const std::string& topic) {
    return std::views::iota(std::int32_t{0}, topics.partition_count(topic)) |
           std::views::transform([](std::int32_t index) { return partition_id{index}; });
}

}  // namespace bkes::proxy
