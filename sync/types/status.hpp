#pragma once
// How far a guarded partition is, for whoever looks at it from outside.

#include "protocol/core/ids.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace bkes::sync {

enum class partition_state : std::uint8_t {
    catching_up,  ///< the store doesn't hold all of the log yet
    held,         ///< no leader, or another application's transaction is open: comes back by itself
    ready,
    not_owner,  ///< another instance took over
    followed,   ///< another instance of the group owns it; what comes here is given to that one
};

struct partition_status {
    partition_state state = partition_state::catching_up;
    log_offset next_offset{0};    ///< all below is in the store
    log_offset end_offset{0};     ///< end of the log as last seen
    log_offset catch_up_from{0};  ///< where it began to catch up, the last time
    std::chrono::steady_clock::time_point catch_up_began{};
    std::string owner{};  ///< HOST:PORT of the instance, if partitions are shared and it is known

    /// Here or at its owner.
    [[nodiscard]] bool is_served() const {
        return state == partition_state::ready || state == partition_state::followed;
    }

    /// Offsets still to be read; the end was seen before the store went on.
    [[nodiscard]] std::int64_t lag() const {
        return std::max<std::int64_t>(end_offset - next_offset, 0);
    }
};

}  // namespace bkes::sync
