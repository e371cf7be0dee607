#pragma once
// The batches of one partition that were sent and whose end isn't known: their sequences, what an
// answer means for each, which are to be sent again. Pure: no I/O, no clock, no threads.
//
//   add -> sent -> answered -> written, refused, skipped    gone from here
//           ^  |           \-> send_again, ask_the_log      stays, its end is unknown
//           |  +-> connection_lost: its end is unknown
//           +------ sent again, with the same bytes and the same sequence
//
// A batch leaves also by `decided`: it was found in the log, or the log shows that it never will be.
// One that is acknowledged is remembered until the store holds it: an unclean election may take it
// before it was read.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/producer_identity.hpp"
#include "sync/append/produce_outcome.hpp"
#include "sync/fencing/boot_clock.hpp"
#include "sync/sequencer/append_types.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace bkes::sync {

/// A batch under way, stamped as it was the first time.
struct batch_under_way {
    batch_id id;
    bytes encoded;
    std::int32_t record_count;
    producer_identity stamped;
    sequence_number base_sequence{};   ///< given by `add`
    bool is_forgettable;               ///< fencing::is_forgettable, when it was made
    boot_clock::time_point sent_at{};  ///< the last attempt
    int attempts = 0;
    std::uint64_t sent_on = 0;  ///< the connection of the last attempt
    earlier_attempts earlier = earlier_attempts::none;
};

/// What becomes of a batch by an answer.
enum class batch_end : std::uint8_t {
    unheard,      ///< it was found in the log before the answer came
    written,      ///< still here, until it is `acknowledged`
    refused,      ///< gone
    skipped,      ///< gone: behind a refused one, the broker took it for a hole in the sequence
    send_again,   ///< still here
    ask_the_log,  ///< still here
};

struct answered_batch {
    batch_end end = batch_end::unheard;
    refusal_blame blame = refusal_blame::whole_batch;  ///< only with `refused`
};

/// A batch as the log has it.
struct logged_batch {
    producer_identity writer;
    sequence_number base_sequence;
    log_offset base_offset;
    log_offset last_offset;

    friend bool operator==(const logged_batch&, const logged_batch&) = default;
};

class batches_under_way {
  public:
    /// The sequence of the next new batch.
    [[nodiscard]] sequence_number next_sequence() const { return next_sequence_; }

    /// A new epoch: sequences begin with 0.
    void begin_epoch() { next_sequence_ = sequence_number{0}; }

    /// With `next_sequence` as its base. Ids rise.
    batch_under_way& add(batch_under_way batch);

    /// It goes out, on this connection.
    void sent(batch_under_way& batch, std::uint64_t connection, boot_clock::time_point now);

    /// It did not, nor did what was sent behind it on the same connection: those attempts are none.
    void not_sent(batch_id id, std::uint64_t connection);

    /// What was sent may be written or not. True if the broker may forget one of these, and
    /// wouldn't recognise it when it is sent again.
    [[nodiscard]] bool connection_lost();

    /// Answers come in the order in which batches were sent on a connection. A batch that is still
    /// here wasn't found in the log up to `read_to`. So one that is said to stand before that does
    /// so in a log that an unclean election has ended, or ours was of that: only the log can tell.
    answered_batch answered(batch_id id, std::int16_t error_code, log_offset base_offset,
                            log_offset read_to);

    void decided(batch_id id);

    /// It stands at this offset, says the broker.
    void acknowledged(batch_id id, log_offset base_offset);

    /// Something acknowledged isn't stored.
    [[nodiscard]] bool awaits_store() const { return !acknowledged_.empty(); }

    /// The store holds the log up to there.
    void stored(log_offset next_offset);

    /// Something that was read from the log can't be if an acknowledged batch still stands: it is
    /// in its place, or of a newer epoch and before it. From this offset on the log is another one.
    [[nodiscard]] std::optional<log_offset> contradicted_by(const logged_batch& read) const;

    /// The log was cut there: what was acknowledged behind it is gone.
    void cut(log_offset end);

    [[nodiscard]] batch_under_way* find(batch_id id);

    /// The one that stands in the log with this identity and sequence.
    [[nodiscard]] std::optional<batch_id> find(const producer_identity& writer,
                                               sequence_number base_sequence) const;

    [[nodiscard]] bool empty() const { return batches_.empty(); }

    /// Not empty.
    [[nodiscard]] const batch_under_way& oldest() const { return batches_.front(); }

    /// Oldest first.
    [[nodiscard]] std::vector<batch_id> ids() const;

  private:
    std::deque<batch_under_way> batches_;
    std::deque<logged_batch> acknowledged_;  ///< and not stored
    sequence_number next_sequence_{0};
    bool is_refusing_ = false;  ///< a refused batch's followers are still under way
};

}  // namespace bkes::sync
