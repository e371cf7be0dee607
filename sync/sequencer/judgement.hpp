#pragma once
// Judges one append against the heads of its keys (contract section 3, and event ids of section 4).
// Pure: what it is told by `judged_heads` and by the append is all it knows.

#include "protocol/core/result.hpp"
#include "sync/sequencer/append_types.hpp"
#include "sync/sequencer/pending_append.hpp"

#include <cstdint>
#include <vector>

namespace bkes::sync {

/// What is known of a key at the moment.
struct key_standing {
    std::optional<partition_id> lives_elsewhere;
    event_order committed_next;  ///< in the store: final
    event_order undecided_next;  ///< if all undecided appends succeed
    bool has_undecided = false;
};

/// An event at an order, to be compared with a resend.
struct standing_event {
    enum class place : std::uint8_t { none, stored, undecided };

    place where = place::none;
    bytes id;           ///< empty: it has none
    log_offset offset;  ///< only if stored
};

class judged_heads {
  public:
    judged_heads() = default;
    judged_heads(const judged_heads&) = delete;
    judged_heads& operator=(const judged_heads&) = delete;
    virtual ~judged_heads() = default;

    virtual result<key_standing> look(bytes_view key) = 0;
    virtual result<standing_event> event_at(bytes_view key, event_order order) = 0;
};

struct key_count {
    bytes_view key;
    std::int64_t events = 0;
};

struct verdict {
    enum class kind : std::uint8_t {
        accept,
        refuse,     ///< final; `reply` says why
        hold,       ///< judge again when something about `held_on` changes
        duplicate,  ///< the same append stands in the log at reply.base_offset
        redirect,   ///< all its keys live in the partition reply.home
    };

    kind what = kind::accept;
    answer reply{};  ///< without its id
    hold_reason reason = hold_reason::order_below;
    bytes_view held_on{};
    /// order_above: the undecided next order at which it fits. Else: the committed next order from
    /// which on it may be decided.
    event_order waits_for{};
    std::vector<key_count> accepted{};  ///< how many events it gives each key; only for accept
};

/// Fails only with the errors of `heads`.
result<verdict> judge(const append& request, judged_heads& heads);

}  // namespace bkes::sync
