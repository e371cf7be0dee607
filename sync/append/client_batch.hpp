#pragma once
// A client's batch taken apart once: what the sequencer judges, and what is written. Everything
// that makes a batch unfit before any order is looked at is found here (contract section 3).

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/bytes.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/sequencer/append_types.hpp"
#include "sync/types/append_job.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

namespace bkes::sync {

struct client_batch {
    bytes records;                     ///< one encoded batch, as it came
    protocol::decoded_batch decoded;   ///< views into `records`, unless it was compressed
    std::vector<judged_event> events;  ///< views as in `decoded`
    std::optional<producer_sequence> sequence;
    merging merge = merging::allowed;

    /// What it takes while it waits, with the sequencer's copy of its events. Compressed, or of
    /// tiny records, it is many times as large as its bytes.
    [[nodiscard]] std::size_t memory_bytes() const {
        return records.size() + decoded.storage.size() +
               decoded.records.size() * sizeof(protocol::record_view) +
               2 * events.size() * sizeof(judged_event);
    }
};

struct client_batch_limits {
    std::size_t expanded_bytes_max = 0;
    bool is_order_required = false;
    /// Uncompressed batches over this size are written as they came, not copied into others.
    std::size_t merged_bytes_max = std::size_t{64} << 10U;
};

/// Why a batch is refused, and its sequence where it could be read: later sequences of that
/// producer have to wait for it (section 4).
struct unfit_batch {
    append_answer answer;
    std::optional<producer_sequence> sequence;
};

std::expected<std::unique_ptr<client_batch>, unfit_batch> read_client_batch(
    bytes records, partition_id partition, const event_decoder& decoder,
    const client_batch_limits& limits);

}  // namespace bkes::sync
