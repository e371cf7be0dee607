#pragma once
// What `bkes verify` is asked, and what it found.

#include "protocol/core/bytes.hpp"
#include "sync/types/cluster_access.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bkes::sync {

struct verify_options {
    cluster_access access;
    std::string topic;
    std::string order_header = "order";
    std::size_t shown_max = 100;  ///< differences kept as text; all are counted
};

struct verify_report {
    std::uint64_t events = 0;  ///< compared
    std::uint64_t keys = 0;    ///< aggregates met in the log
    std::uint64_t differences = 0;
    std::vector<std::string> shown;  ///< the first differences, a sentence each
    std::uint64_t misnumbered = 0;  ///< an order header that isn't the event's place: no difference
    std::vector<bytes> split_keys;  ///< standing in two partitions: no difference
    std::uint64_t behind = 0;       ///< offsets of the log that the store hasn't read

    [[nodiscard]] bool agrees() const { return differences == 0; }
};

}  // namespace bkes::sync
