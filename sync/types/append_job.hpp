#pragma once
// One client's batch for one guarded partition on its way in, and the answer on its way out.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bkes::sync {

/// What became of an append: the lines of the table in contract section 3. The proxy turns each
/// into Kafka's code; nobody else knows codes.
enum class append_result {
    written,          ///< in Kafka and readable by key; also: was there already (section 4)
    order_conflict,   ///< conflict, `exists` on a key never seen
    wrong_partition,  ///< of a key that lives elsewhere
    invalid_record,   ///< order header unreadable, missing, repeated; null key with an order; bad
                      ///< batch
    corrupt_batch,    ///< CRC or structure of the batch is wrong
    too_large,        ///< more than batch_bytes_max when decompressed
    transactional,    ///< produce inside a transaction
    not_ready,        ///< nothing was written; held for hold_ms, or over a limit
    not_owner,        ///< nothing was written; another instance owns the partition
    timed_out,  ///< sent, outcome not known before the deadline; it is still driven to its end
    sequence_out_of_order,  ///< an idempotent client's sequence (section 4)
    broker_refused,         ///< the broker's own code is in `broker_error`
    stopped,                ///< bkes shuts down; nothing was written
};

/// Which record of an append came too late, or too early.
struct order_conflict {
    bytes key;
    event_order expected{0};         ///< the aggregate's next order
    std::optional<event_order> got;  ///< as the header said; empty: `exists`, of a key never seen
};

struct append_answer {
    append_result outcome = append_result::not_ready;
    std::int16_t broker_error = 0;   ///< only with broker_refused: the code as the broker gave it
    std::string text;                ///< error_message for the client, empty if none
    std::int32_t record_index = -1;  ///< the first bad record, -1 if none can be named
    /// With written: offset of the batch's first record; -1: it stands in another partition.
    log_offset base_offset{-1};
    std::int64_t log_append_time_ms = -1;
    log_offset log_start_offset{-1};
    std::optional<order_conflict> conflict{};  ///< with order_conflict
};

/// A batch set as it came in a Produce request. Moved into guarded_topics::append.
struct append_job {
    bytes records;  ///< the partition's records field, owned
    /// End of the Produce request's timeout.
    std::chrono::steady_clock::time_point deadline;
    std::string client;  ///< for log lines: client id and address
    /// Gone (expired) = the client is gone: an append that was not sent yet is dropped, and `done`
    /// is not called. Never filled = nobody can go.
    std::weak_ptr<const void> session;
    bool session_can_go = false;  ///< tells an expired `session` from one never given
    /// From the partition that the client named: it is driven to its end, and not redirected again.
    bool is_redirected = false;
    /// From another instance of the group: refused if this one isn't the owner, never forwarded on.
    bool is_forwarded = false;
    /// Where `done` runs.
    boost::asio::io_context* answer_on = nullptr;
    /// Called once, unless the session went.
    std::move_only_function<void(append_answer)> done;
};

}  // namespace bkes::sync
