#pragma once
// Decides, for one guarded partition, what contract sections 3 and 4 leave to decide: which appends
// are written, in which order, in which batches, and what each client hears. A pure state machine:
// no I/O, no clock, no threads (one thread at a time, its owner's).
//
//   submit -> [to judge] -> accepted -> [ready] -> send -> [in flight] -> acked -> stored ->
//   written
//                 |  ^                     |                   |
//                 |  +---- judged again <--+---- not_written --+   (also after refused, cancel,
//                 |                                                 expire, head_changed of others)
//                 +-> held: a conflict with something undecided is nobody's business yet
//                 +-> refused: final
//                 +-> redirected: its keys live in another partition, whose sequencer decides
//
// Inputs only take note; `take_actions` judges, forms batches, and says what is to be done. So
// everything that arrived since the last batch is merged (group commit), and the order of inputs
// within a turn doesn't matter to what is judged. When a batch leaves is the owner's decision.
//
// What the owner promises:
// - Batches are sent in the order of their ids, over one connection at a time. A batch that is sent
//   again has the same bounds, sequence and bytes.
// - For each batch exactly one of acked, refused, not_written comes in the end; it comes before the
//   store holds the batch's records. An outcome found by reading the log is told as acked or
//   not_written as well.
// - After `stored(next)` the store holds exactly what is below `next`, until the next `stored`;
//   never a part of one of these batches. Records of others among them: `head_changed` for their
//   keys in the same turn (before take_actions).
// - The bytes of an append are kept until it is in `actions::released`, `joined` or `redirects`.
// - For each of `redirects` exactly one `redirect_ended` comes in the end.

#include "sync/sequencer/append_types.hpp"
#include "sync/sequencer/sources.hpp"
#include "sync/types/hold_cause.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace bkes::sync {

struct sequencer_options {
    partition_id partition;
    std::size_t in_flight_batches_max = 1;  ///< at most 5: what a broker recognises of a producer
    std::size_t batch_bytes_max = std::size_t{512} << 10U;  ///< of a merged batch
    std::size_t batch_records_max = 10'000;                 ///< of a merged batch
    std::size_t waiting_appends_max = 100'000;              ///< beyond: `not_ready` at once
    std::size_t waiting_bytes_max = std::size_t{64} << 20U;
    std::size_t producers_max = 10'000;  ///< idempotent producers remembered
};

/// Send this batch, after all sent before it.
struct send_batch {
    enum class kind : std::uint8_t { first, again };

    batch_id id{};
    std::vector<append_id> appends{};  ///< their records, in this order, are the batch
    kind what = kind::first;
};

/// To be judged and written by the partition where its keys live, without its sequence, which is one
/// of the partition that the client named: it has its turn among those here, and what follows it
/// waits. There it is not redirected again.
struct redirected_append {
    append_id id{};
    partition_id home{-1};
    instant hold_until = instant::max();
};

/// To be carried out in this order: sends, redirects, answers, releases.
struct actions {
    std::vector<send_batch> sends;
    std::vector<redirected_append> redirects;
    std::vector<answer> answers;      ///< one for each append, none for a cancelled one
    std::vector<append_id> released;  ///< each submitted append once, the last that is heard of it
    std::vector<append_id> joined;    ///< resends of what is undecided: their bytes aren't needed
    std::vector<hold_cause> held;     ///< for who counts: once for each append and cause

    [[nodiscard]] bool empty() const {
        return sends.empty() && redirects.empty() && answers.empty() && released.empty() &&
               joined.empty();
    }
};

/// What a refused batch of several appends says about each of them.
enum class refusal_blame : std::uint8_t {
    one_record,   ///< invalid record, timestamp, ...: each append is tried alone
    its_size,     ///< too large: the appends go in smaller batches
    whole_batch,  ///< no rights, unsupported format, ...: it would hit each of them
};

enum class close_reason : std::uint8_t {
    fenced,        ///< another instance owns the partition: `not_owner`
    shutting_down  ///< `not_ready`, so that clients come again
};

struct sequencer_counts {
    std::size_t waiting_appends = 0;  ///< not sent
    std::size_t waiting_bytes = 0;
    std::size_t in_flight_batches = 0;   ///< sent, outcome unknown
    std::size_t unstored_batches = 0;    ///< acknowledged: their answers wait for the store
    std::size_t redirected_appends = 0;  ///< outcome unknown
    std::size_t sendable_records = 0;    ///< would be sent if a batch were asked for
    std::size_t undecided_keys = 0;
};

class sequencer_state;

class sequencer {
  public:
    /// Starts suspended. `heads` and `claims` outlive the sequencer.
    sequencer(const sequencer_options& options, head_source& heads, key_claims& claims);
    sequencer(const sequencer&) = delete;
    sequencer& operator=(const sequencer&) = delete;
    ~sequencer();

    // ---- from clients

    void submit(append request);

    /// The client is gone: no answer. If nothing was sent by the next `take_actions`, it is
    /// dropped.
    void cancel(append_id id);

    /// A batch of an idempotent producer was refused before it came here (unreadable header, ...):
    /// its later sequences will be refused until this one comes again.
    void refused_before(const producer_sequence& sequence);

    /// Answers what has waited too long. Call it now and then.
    void expire(instant now);

    // ---- from the partition

    /// The batch stands in the log. Its answers leave when it is stored.
    void acked(batch_id id, log_offset base_offset);

    /// The store holds everything below `next_offset`.
    void stored(log_offset next_offset);

    /// The broker refused the batch for good: it is not in the log. While a refusal is being
    /// sorted out nothing new is sent until nothing is in flight, so the batches behind it, which
    /// the broker answers with out-of-order sequence, are to be reported as `not_written`, and the
    /// next send goes on with the sequence of the refused one.
    void refused(batch_id id, std::int16_t broker_code, refusal_blame blame);

    /// The batch is not in the log and never will be, by no fault of its own: its appends are
    /// judged again and sent in new batches.
    void not_written(batch_id id);

    /// Connection lost, leader moved, timed out: the outcome isn't known. The batch stays in
    /// flight and is sent again, before anything new.
    void unknown(batch_id id);

    /// What became of a redirected append, as it is answered, but for ids and offset.
    void redirect_ended(append_id id, const answer& reply);

    /// The head of this key changed by something else than this sequencer's batches: records
    /// written past it, or the claim of another partition was settled.
    void head_changed(bytes_view key);

    /// The log ends at `end` now: an unclean election took what stood behind it, also from the
    /// store. What was acknowledged and isn't stored is judged again, all heads are read again.
    void truncated(log_offset end);

    // ---- gates

    /// Nothing is judged or sent: catching up, no leader, ownership to be proved again. Inputs
    /// about what is in flight still count.
    void suspend();
    void resume();

    /// For good: everything unsent is answered, so is everything submitted later; what is in
    /// flight still comes to its end.
    void close(close_reason reason);

    // ---- out

    /// Forms at most so many new batches; those that are sent again come besides.
    [[nodiscard]] actions take_actions(std::size_t new_batches_max);
    [[nodiscard]] sequencer_counts counts() const;

  private:
    std::unique_ptr<sequencer_state> state_;
};

}  // namespace bkes::sync
