#pragma once
// How far a store has a log.

#include "protocol/core/ids.hpp"

#include <functional>
#include <optional>

namespace bkes::sync {

/// Of two that have a log to the same offset, one may have what an unclean election took, and hasn't
/// heard of it yet: its last record is of an older epoch (KIP-101).
struct log_reach {
    log_offset next_offset{0};
    leader_epoch epoch = unknown_leader_epoch;  ///< of the last record; unknown: not compared

    [[nodiscard]] bool covers(const log_reach& said) const {
        return next_offset >= said.next_offset &&
               (epoch == unknown_leader_epoch || epoch >= said.epoch);
    }

    friend bool operator==(const log_reach&, const log_reach&) = default;
};

/// Empty: nobody said so.
using reach_handler = std::move_only_function<void(std::optional<log_reach>)>;

}  // namespace bkes::sync
