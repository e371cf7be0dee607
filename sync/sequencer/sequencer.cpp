#include "sync/sequencer/sequencer.hpp"

#include "protocol/core/assert.hpp"
#include "sync/sequencer/state.hpp"

#include <iterator>
#include <utility>

namespace bkes::sync {

sequencer::sequencer(const sequencer_options& options, head_source& heads, key_claims& claims)
    : state_{std::make_unique<sequencer_state>(options, heads, claims)} {}

sequencer::~sequencer() = default;

void sequencer::submit(append request) {
    state_->submit(std::move(request));
}

void sequencer::cancel(append_id id) {
    state_->cancel(id);
}

void sequencer::refused_before(const producer_sequence& sequence) {
    state_->refused_before(sequence);
}

void sequencer::expire(instant now) {
    state_->expire(now);
}

void sequencer::acked(batch_id id, log_offset base_offset) {
    state_->acked(id, base_offset);
}

void sequencer::stored(log_offset next_offset) {
    state_->stored(next_offset);
}

void sequencer::refused(batch_id id, std::int16_t broker_code, refusal_blame blame) {
    state_->refused(id, broker_code, blame);
}

void sequencer::not_written(batch_id id) {
    state_->not_written(id);
}

void sequencer::unknown(batch_id id) {
    state_->unknown(id);
}

void sequencer::redirect_ended(append_id id, const answer& reply) {
    state_->redirect_ended(id, reply);
}

void sequencer::head_changed(bytes_view key) {
    state_->head_changed(key);
}

void sequencer::truncated(log_offset end) {
    state_->truncated(end);
}

void sequencer::suspend() {
    state_->suspend();
}

void sequencer::resume() {
    state_->resume();
}

void sequencer::close(close_reason reason) {
    state_->close(reason);
}

actions sequencer::take_actions(std::size_t new_batches_max) {
    return state_->take_actions(new_batches_max);
}

sequencer_counts sequencer::counts() const {
    return state_->counts();
}

sequencer_state::sequencer_state(const sequencer_options& options, head_source& heads,
                                 key_claims& claims)
    : options_{options},
      heads_{options.partition, heads, claims},
      queues_{options.producers_max},
      merged_bytes_max_{options.batch_bytes_max} {
    BKES_ASSERT(options.in_flight_batches_max >= 1 && options.in_flight_batches_max <= 5);
    BKES_ASSERT(options.batch_records_max >= 1);
}

actions sequencer_state::take_actions(std::size_t new_batches_max) {
    tidy_up();
    if (!suspended_) {
        judge_all();
        form_batches(new_batches_max);
    }
    return std::exchange(out_, {});
}

sequencer_counts sequencer_state::counts() const {
    return {.waiting_appends = waiting_appends_,
            .waiting_bytes = waiting_bytes_,
            .in_flight_batches = in_flight_.size(),
            .unstored_batches = acked_.size(),
            .redirected_appends = redirected_,
            .sendable_records = suspended_ || !may_send_another() ? 0 : ready_records_,
            .undecided_keys = heads_.size()};
}

void sequencer_state::head_changed(bytes_view key) {
    auto* known = heads_.find(key);
    if (known == nullptr) return;
    known->is_stale = true;
    changed_.add(*known);
}

void sequencer_state::suspend() {
    if (std::exchange(suspended_, true)) return;
    for (const auto& [id, append] : appends_) {
        if (!append->is_sent()) tell_hold(*append, hold_cause::not_ready);
    }
}

/// The ready ones are gone through once in a turn, however many clients left and keys changed.
void sequencer_state::tidy_up() {
    auto gone = std::exchange(abandoned_, {});
    std::erase_if(gone, [this](append_id id) {
        const auto at = appends_.find(id);
        return at == appends_.end() || !is_abandoned(*at->second);
    });
    if (gone.empty() && changed_.keys.empty()) return;
    auto disturbed = std::exchange(changed_, {});
    drop(gone, append_outcome::not_ready, disturbed);
}

void sequencer_state::truncated(log_offset end) {
    queues_.forget_from(end);
    disturbance disturbed;
    heads_.all_stale([&disturbed](undecided_key& key) { disturbed.add(key); });
    pull_ready(disturbed);
    rejudge(disturbed);
    while (!acked_.empty()) {
        const auto last = std::prev(acked_.end());
        if (last->first + static_cast<std::int64_t>(last->second.record_count) <= end) return;
        auto batch = std::move(last->second);
        acked_.erase(last);
        judge_again(batch);
    }
}

void sequencer_state::close(close_reason reason) {
    if (closed_) return;
    closed_ = reason;
    std::vector<append_id> unsent;
    for (const auto& [id, append] : appends_) {
        if (!append->is_sent()) unsent.push_back(id);
    }
    disturbance disturbed;
    drop(unsent, closed_outcome(), disturbed);
}

append_outcome sequencer_state::closed_outcome() const {
    return closed_ == close_reason::fenced ? append_outcome::not_owner : append_outcome::not_ready;
}

}  // namespace bkes::sync
