#pragma once
// The batches of one fetched partition, sorted into what counts as events and what only takes
// offsets: control records and aborted transactions (contract section 7).
//
// Pure functions over bytes, any thread.

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "store/event_store.hpp"
#include "sync/event/event_decoder.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace bkes::sync {

struct aborted_transaction {
    producer_id producer;
    log_offset first_offset;  ///< of its first record
};

struct fetched_batch {
    protocol::decoded_batch content;
    bool counts = false;  ///< false: control or aborted
};

/// Whole batches in the order of the log. A batch cut off at the end (a fetch may end anywhere) is
/// left out. Views point into the bytes that were given.
struct fetched_log {
    std::vector<fetched_batch> batches;
    log_offset next_offset{-1};  ///< after the last batch; -1 if there is none
    leader_epoch last_epoch = unknown_leader_epoch;
};

/// Fails with protocol_errc on malformed batches and on a wrong CRC. Takes the old magic 0 and 1
/// too.
result<fetched_log> read_fetched_log(bytes_view records,
                                     std::span<const aborted_transaction> aborted,
                                     std::size_t expanded_bytes_max);

/// Adds the events of a batch from `from` on. Records without a key are none.
void append_events(const protocol::decoded_batch& batch, log_offset from,
                   const event_decoder& decoder, std::vector<store::new_event>& events);

}  // namespace bkes::sync
