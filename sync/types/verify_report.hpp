#pragma once
// What `bkes verify` is asked, and what it found.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/types/cluster_access.hpp"
#include "sync/types/partitioner.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bkes::sync {

struct verify_options {
    cluster_access access;
    std::string topic;
    std::string order_header = "order";
    partitioner expected = partitioner::murmur2;  ///< where homes ought to be
    /// Differences, and keys that stand elsewhere, that are kept; all are counted.
    std::size_t shown_max = 100;
};

/// A key whose home isn't where the partitioner says.
struct key_elsewhere {
    bytes key;
    partition_id home;
    partition_id expected;

    friend bool operator==(const key_elsewhere&, const key_elsewhere&) = default;
};

struct verify_report {
    std::uint64_t events = 0;  ///< compared
    std::uint64_t keys = 0;    ///< aggregates met in the log
    std::uint64_t differences = 0;
    std::vector<std::string> shown;  ///< the first differences, a sentence each
    std::uint64_t misnumbered = 0;  ///< an order header that isn't the event's place: no difference
    std::vector<bytes> split_keys;  ///< standing in two partitions: no difference
    std::uint64_t behind = 0;       ///< offsets of the log that the store hasn't read
    partitioner expected = partitioner::murmur2;
    std::uint64_t elsewhere = 0;  ///< keys whose home isn't where `expected` says: no difference
    std::vector<key_elsewhere> first_elsewhere;  ///< of these the first in byte order

    [[nodiscard]] bool agrees() const { return differences == 0; }
};

}  // namespace bkes::sync
