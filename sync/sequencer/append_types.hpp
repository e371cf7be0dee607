#pragma once
// An append as the sequencer sees it: which keys, under which conditions, by which producer, and
// what becomes of it. Values and headers never come here.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::sync {

/// One client batch for one guarded partition. Chosen by the caller, never used twice.
using append_id = strong_id<struct append_id_tag, std::uint64_t>;

/// One batch as it is written to Kafka: the records of one or several appends. Rising.
using batch_id = strong_id<struct batch_id_tag, std::uint64_t>;

/// A point in time of the caller's clock. The sequencer only compares, it reads no clock.
using instant = std::chrono::steady_clock::time_point;

/// What the order header asks for (contract section 3).
struct order_condition {
    enum class kind : std::uint8_t { any, exists, exactly };

    kind what = kind::any;
    event_order number{};  ///< only for `exactly`

    static constexpr order_condition any() { return {}; }

    static constexpr order_condition exists() { return {kind::exists, {}}; }

    static constexpr order_condition exactly(std::int64_t n) {
        return {kind::exactly, event_order{n}};
    }

    friend bool operator==(const order_condition&, const order_condition&) = default;
};

/// One record of an append. The views stay valid until the sequencer releases the append.
struct judged_event {
    std::optional<bytes_view> key{};  ///< none: a record without a key is no event, it only passes
    order_condition condition{};
    std::optional<bytes_view> event_id{};  ///< of the header `event.id.header`, if that is on
};

/// Producer id, epoch and sequences of an idempotent client's batch, and what tells a resend from
/// another batch to which the client gave the same sequences.
struct producer_sequence {
    producer_id producer;
    producer_epoch epoch;
    sequence_number base_sequence;
    std::int32_t count = 0;         ///< records, at least 1
    std::uint32_t content_crc = 0;  ///< of keys, values and headers (client_batch.cpp)

    friend bool operator==(const producer_sequence&, const producer_sequence&) = default;
};

enum class merging : std::uint8_t {
    allowed,
    goes_alone,  ///< big or compressed: sent as it is, in a batch of its own
};

struct append {
    append_id id{};
    std::vector<judged_event> records{};  ///< at least one, as they stand in the batch
    std::optional<producer_sequence> sequence{};
    std::size_t size_bytes = 0;    ///< its share of a merged batch
    std::size_t memory_bytes = 0;  ///< what is kept for it while it waits
    merging merge = merging::allowed;
    /// If all its keys live in one other partition, it is written there (contract section 3).
    bool may_be_redirected = false;
    /// Until then it may wait unsent; after that `not_ready`. (hold.ms, at most answer_until)
    instant hold_until = instant::max();
    /// When the client's request times out. If it was sent by then: `timed_out`.
    instant answer_until = instant::max();
};

enum class append_outcome : std::uint8_t {
    written,                 ///< in the log at base_offset, and readable
    duplicate,               ///< the same append again: it stands at base_offset
    order_conflict,          ///< record_index, expected, got
    no_such_aggregate,       ///< `exists` on a key never seen: record_index
    wrong_partition,         ///< record_index, home
    out_of_order_sequence,   ///< of an idempotent producer
    invalid_producer_epoch,  ///< of an idempotent producer
    refused_by_broker,       ///< broker_code
    not_ready,               ///< waited in vain; nothing was written
    not_owner,               ///< fenced or closed; nothing was written
    timed_out,               ///< may be written or not; the append is still driven to its end
};

struct answer {
    append_id id{};
    append_id of{};  ///< whose outcome it is: its own, or that of the append that it joined
    append_outcome outcome = append_outcome::not_ready;
    log_offset base_offset{-1};      ///< of its first record; -1: it stands in another partition
    std::int32_t record_index = -1;  ///< the first bad record
    event_order expected{-1};
    event_order got{-1};
    partition_id home{-1};
    std::int16_t broker_code = 0;

    friend bool operator==(const answer&, const answer&) = default;
};

}  // namespace bkes::sync
