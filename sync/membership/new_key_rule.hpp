#pragma once
// Where keys of a topic that were never seen get their first event, agreed between all instances of a
// group for as long as the group lives: it stands in the group itself, as metadata of the offset that
// is committed for the topic's partition 0 (docs/decisions/new-keys.md).
//
//   bkes:1:PARTITIONER:PARTITIONS

#include "sync/types/partitioner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::sync {

struct new_key_rule {
    partitioner by = partitioner::murmur2;
    std::int32_t partitions = 0;  ///< of those that there are, the first so many

    friend bool operator==(const new_key_rule&, const new_key_rule&) = default;
};

[[nodiscard]] std::string text_of(const new_key_rule& rule);

/// Empty: it says something else.
[[nodiscard]] std::optional<new_key_rule> parse_new_key_rule(std::string_view text);

}  // namespace bkes::sync
