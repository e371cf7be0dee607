#pragma once
// What comes of waiting for a read by key, and of the read itself.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>

namespace bkes::sync {

enum class wait_result : std::uint8_t {
    reached,    ///< what was waited for is so now
    deadline,   ///< it is not
    not_owner,  ///< and won't be here
};

/// When a read began: nothing that it answers may be older.
using read_moment = std::chrono::steady_clock::time_point;

/// What may be said about reads of a place at this moment.
struct read_grant {
    wait_result result = wait_result::reached;
    /// Of those that began later nothing is known yet.
    read_moment began_until = read_moment::max();
};

using wait_callback = std::move_only_function<void(wait_result)>;

/// Why nothing was read.
struct read_refusal {
    enum class kind : std::uint8_t {
        not_ready,     ///< not caught up, or the last proof of ownership is too old: wait for it
        not_owner,     ///< another instance owns it
        store_failed,  ///< the store has said so in the log
    };

    kind why = kind::not_ready;
    /// In which the aggregate lives; none: it was never seen, and may come to be in any of them.
    std::optional<partition_id> partition{};

    friend bool operator==(const read_refusal&, const read_refusal&) = default;
};

template <class T>
using read_result = std::expected<T, read_refusal>;

}  // namespace bkes::sync
