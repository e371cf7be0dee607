#pragma once
// What the sequencer asks of the world while it judges. Both are called synchronously from
// `take_actions`, must be cheap, and never call back into the sequencer.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"

#include <optional>

namespace bkes::sync {

/// An aggregate as the store knows it.
struct known_head {
    partition_id home;
    event_order next_order;

    friend bool operator==(const known_head&, const known_head&) = default;
};

/// An event as the store knows it, for appends that carry event ids.
struct known_event {
    bytes id;  ///< empty: it has none
    log_offset offset;
};

/// The store's view of one topic: everything below the offset last told to `sequencer::stored`.
/// Errors are the store's; an append that meets one is answered `not_ready`.
class head_source {
  public:
    head_source() = default;
    head_source(const head_source&) = delete;
    head_source& operator=(const head_source&) = delete;
    virtual ~head_source() = default;

    /// The head in the key's home partition, whichever that is; none: never seen.
    virtual result<std::optional<known_head>> find_head(bytes_view key) = 0;

    /// The event at this order of the home partition; none: dropped, or not there yet. Only asked
    /// for appends that carry event ids.
    virtual result<std::optional<known_event>> find_event(bytes_view key, event_order order) = 0;
};

/// Who may give a new key its first event, agreed between the partitions of one topic: a new key
/// that is sent to two partitions at once gets one home. Thread-safe; one object per partition over
/// a shared table. The sequencer holds a claim from the moment it accepts the first event of a key
/// until that is in the store or has failed.
class key_claims {
  public:
    enum class claim_result : std::uint8_t {
        granted,
        /// Another partition's append is undecided. As soon as that claim is released, the owner
        /// of this object has to call `sequencer::head_changed(key)` (posted, never from inside
        /// `release`).
        held_elsewhere,
    };

    key_claims() = default;
    key_claims(const key_claims&) = delete;
    key_claims& operator=(const key_claims&) = delete;
    virtual ~key_claims() = default;

    virtual claim_result claim(bytes_view key) = 0;

    /// Gives back what `claim` granted. Only called after the store holds the key, or when it is
    /// sure that this partition wrote none.
    virtual void release(bytes_view key) = 0;
};

}  // namespace bkes::sync
