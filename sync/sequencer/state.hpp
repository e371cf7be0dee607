#pragma once
// The inside of the sequencer; sequencer.hpp says what each input means. Split by meaning:
// clients.cpp   what clients ask: submit, resend, cancel, expire
// judging.cpp   verdicts, who is held, who is judged again
// batches.cpp   forming batches and their outcomes

#include "sync/sequencer/pending_append.hpp"
#include "sync/sequencer/producer_queues.hpp"
#include "sync/sequencer/sequencer.hpp"
#include "sync/sequencer/undecided_heads.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace bkes::sync {

/// What was judged on something that has just gone: these keys, these producers' lines.
struct disturbance {
    std::vector<undecided_key*> keys;
    std::unordered_set<producer_id> producers;

    void add(undecided_key& key);
    void add(const pending_append& append);
    [[nodiscard]] bool touches(const pending_append& append) const;
};

class sequencer_state {
  public:
    sequencer_state(const sequencer_options& options, head_source& heads, key_claims& claims);

    void submit(append request);
    void cancel(append_id id);

    void refused_before(const producer_sequence& sequence) { queues_.missed(sequence); }

    void expire(instant now);

    void acked(batch_id id, log_offset base_offset);
    void stored(log_offset next_offset);
    void refused(batch_id id, std::int16_t broker_code, refusal_blame blame);
    void not_written(batch_id id);
    void unknown(batch_id id);
    void redirect_ended(append_id id, const answer& reply);
    void head_changed(bytes_view key);
    void truncated(log_offset end);

    void suspend();

    void resume() { suspended_ = false; }

    void close(close_reason reason);

    [[nodiscard]] actions take_actions(std::size_t new_batches_max);
    [[nodiscard]] sequencer_counts counts() const;

  private:
    struct sent_batch {
        batch_id id;
        std::vector<pending_append*> appends{};
        std::size_t record_count = 0;
        std::size_t bytes = 0;
        bool send_again = false;
    };

    // clients.cpp
    pending_append& admit(append request);
    void join_undecided(const append& request, pending_append& same);
    void answer_unadmitted(append_id id, append_outcome outcome, log_offset offset);
    void start_new_epoch(producer_id producer);
    [[nodiscard]] static bool is_abandoned(const pending_append& append);
    void expire_clients(pending_append& append, instant now, std::vector<append_id>& dropped);
    void answer_client(const pending_append& append, const waiting_client& client, answer reply);
    void answer_clients(pending_append& append, const answer& reply);
    /// Answers an unsent append, and what stands behind it in its producer's line, for good.
    void end_unwritten(pending_append& append, const answer& reply);
    /// Ends these and has those judged again that were judged on what is disturbed.
    void drop(const std::vector<append_id>& unsent, append_outcome outcome, disturbance& disturbed);
    void forget(pending_append& append);

    // judging.cpp
    void judge_all();
    void judge_one(pending_append& append);
    void accept(pending_append& append, const verdict& accepted);
    void hold(pending_append& append, const verdict& why);
    void redirect(pending_append& append, partition_id home);
    /// It stands in the log, not by one of our batches.
    void end_standing(pending_append& append, const answer& reply);
    void hold_behind_sequence(pending_append& append);
    void tell_hold(pending_append& append, hold_cause cause);
    /// The one before this one in its producer's line is accepted, or decided.
    void wake_behind_sequence(pending_append* next);
    void to_judge(pending_append& append);
    /// Takes an unsent append from where it waits; it may be ready only if it is `leaving`.
    void withdraw(pending_append& append);
    /// Takes out of the ready appends those that are leaving, and has those judged again that were
    /// judged on what is disturbed.
    void pull_ready(disturbance& disturbed);
    void rejudge(disturbance& disturbed);
    void set_stage(pending_append& append, append_stage stage);

    // batches.cpp
    void form_batches(std::size_t new_batches_max);
    [[nodiscard]] bool may_send_another() const;
    [[nodiscard]] sent_batch next_batch();
    sent_batch take_in_flight(batch_id id);
    void take_back(sent_batch& batch);
    void try_apart(sent_batch& batch, refusal_blame blame);
    void judge_again(sent_batch& batch);
    void end_written(pending_append& append, log_offset base_offset);

    void tidy_up();
    [[nodiscard]] append_outcome closed_outcome() const;

    sequencer_options options_;
    undecided_heads heads_;
    producer_queues queues_;
    bool suspended_ = true;
    std::optional<close_reason> closed_;

    std::unordered_map<append_id, std::unique_ptr<pending_append>> appends_;
    std::unordered_map<append_id, pending_append*> joined_;  ///< resends, by their own id
    std::map<std::uint64_t, pending_append*> to_judge_;      ///< by arrival
    std::deque<pending_append*> ready_;                      ///< in the order of acceptance
    std::size_t ready_records_ = 0;
    std::size_t merged_bytes_max_;      ///< less than the option after a broker said too large
    std::deque<sent_batch> in_flight_;  ///< in the order of ids
    std::map<log_offset, sent_batch> acked_;  ///< by base offset
    /// After a refusal nothing new is sent until the batches behind it have failed as well.
    bool draining_ = false;

    std::uint64_t next_arrival_ = 0;
    std::uint64_t next_batch_ = 1;
    std::size_t waiting_appends_ = 0;
    std::size_t waiting_bytes_ = 0;
    std::size_t redirected_ = 0;
    instant next_expiry_ = instant::max();  ///< nothing expires before
    std::vector<append_id> abandoned_;      ///< since the last turn; nobody waits for them
    disturbance changed_;                   ///< since the last turn, by others
    actions out_;
};

}  // namespace bkes::sync
