#pragma once
// Where Kafka's own producers put a record with a key, so that `bkes append` puts a new aggregate
// where an ordinary client would look for it.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <cstdint>

namespace bkes::proxy {

/// Kafka's murmur2, 32 bits with its seed (common/utils/Utils.java).
std::int32_t murmur2(bytes_view data);

/// Java's default for records with a key (BuiltInPartitioner.partitionForKey). `partition_count` is
/// positive.
partition_id partition_for_key(bytes_view key, std::int32_t partition_count);

}  // namespace bkes::proxy
