#pragma once
// One append inside the sequencer, from submit until nobody needs it any more.

#include "sync/sequencer/append_types.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::sync {

struct undecided_key;

/// A client's request that waits for the append: the one that brought it, or a resend that joined.
struct waiting_client {
    append_id id;
    instant hold_until;
    instant answer_until;
};

enum class append_stage : std::uint8_t {
    to_judge,
    held,        ///< its verdict depends on something undecided
    ready,       ///< accepted, not sent
    in_flight,   ///< sent, outcome unknown
    acked,       ///< in the log, not in the store
    redirected,  ///< another partition has it, outcome unknown
};

enum class hold_reason : std::uint8_t {
    order_above,      ///< an order above the next one: those between may still come
    order_below,      ///< a conflict with an append that may still fail
    resend,           ///< its event ids are those of an undecided append
    claimed,          ///< another partition may be about to give the key its first event
    behind_sequence,  ///< the batch before it of its producer isn't accepted, or not decided
};

struct pending_append {
    append request;
    std::uint64_t arrival = 0;  ///< appends are judged in this order
    append_stage stage = append_stage::to_judge;
    std::uint8_t was_held_for = 0;  ///< a bit for each hold_cause that was told
    bool leaving = false;           ///< is just being taken out of the ready ones
    std::vector<waiting_client> clients;

    std::vector<undecided_key*> keys;  ///< from accepted on: the chains in which it is a link
    undecided_key* held_on = nullptr;
    hold_reason held_for = hold_reason::order_below;
    event_order waits_for{};     ///< its place among the held ones of the key (undecided_heads.hpp)
    bool leaves_chains = false;  ///< is just being taken out of `keys`

    /// Neighbours in the line of its idempotent producer.
    bool in_line = false;
    pending_append* line_before = nullptr;
    pending_append* line_after = nullptr;
    /// Sent, but what it followed was not written: what its client hears if it wasn't either.
    std::optional<append_outcome> if_not_written;

    /// It may come to stand in a log whatever is done here.
    [[nodiscard]] bool is_sent() const {
        return stage == append_stage::in_flight || stage == append_stage::acked ||
               stage == append_stage::redirected;
    }

    /// Judged to be written here, so what follows it can be judged too.
    [[nodiscard]] bool is_accepted() const {
        return stage == append_stage::ready || stage == append_stage::in_flight ||
               stage == append_stage::acked;
    }

    [[nodiscard]] std::int32_t record_count() const {
        return static_cast<std::int32_t>(request.records.size());
    }
};

}  // namespace bkes::sync
