#pragma once
// Where Kafka's producers put a record with a key: the setting `partitioner` (contract section 8).
// Pure, for any thread.
//
// A null key is no event's and has no place here. The empty key has one as any other, though
// librdkafka's default puts it anywhere (docs/decisions/partitioner.md).

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <cstdint>
#include <string_view>

namespace bkes::sync {

enum class partitioner : std::uint8_t {
    murmur2,  ///< Java, franz-go, kafka-python, aiokafka; librdkafka's murmur2_random
    crc32,    ///< librdkafka's own: consistent, and consistent_random but for the empty key
};

/// As the setting has it.
[[nodiscard]] constexpr std::string_view name_of(partitioner rule) {
    return rule == partitioner::crc32 ? "crc32" : "murmur2";
}

/// Of `partition_count` partitions, at least one: all that the topic has, led or not.
[[nodiscard]] partition_id partition_for_key(partitioner rule, bytes_view key,
                                             std::int32_t partition_count);

}  // namespace bkes::sync
