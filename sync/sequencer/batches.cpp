// What is sent to Kafka, and what becomes of it.

#include "protocol/core/assert.hpp"
#include "sync/sequencer/state.hpp"

#include <algorithm>
#include <ranges>

namespace bkes::sync {

void sequencer_state::form_batches(std::size_t new_batches_max) {
    for (auto& batch : in_flight_) {
        if (!batch.send_again) continue;
        batch.send_again = false;
        send_batch again{.id = batch.id, .what = send_batch::kind::again};
        for (const auto* append : batch.appends) again.appends.push_back(append->request.id);
        out_.sends.push_back(std::move(again));
    }
    for (; new_batches_max > 0 && may_send_another(); --new_batches_max) {
        auto& batch = in_flight_.emplace_back(next_batch());
        send_batch first{.id = batch.id};
        for (const auto* append : batch.appends) first.appends.push_back(append->request.id);
        out_.sends.push_back(std::move(first));
    }
}

bool sequencer_state::may_send_another() const {
    return !draining_ && !ready_.empty() && in_flight_.size() < options_.in_flight_batches_max;
}

sequencer_state::sent_batch sequencer_state::next_batch() {
    sent_batch batch{.id = batch_id{next_batch_++}};
    std::size_t records = 0;
    while (!ready_.empty()) {
        auto& append = *ready_.front();
        const bool alone = append.request.merge == merging::goes_alone;
        const auto bytes = batch.bytes + append.request.size_bytes;
        records += append.request.records.size();
        const bool fits =
            bytes <= merged_bytes_max_ && records <= options_.batch_records_max && !alone;
        if (!batch.appends.empty() && !fits) break;
        batch.bytes = bytes;
        ready_.pop_front();
        ready_records_ -= append.request.records.size();
        batch.record_count += append.request.records.size();
        set_stage(append, append_stage::in_flight);
        batch.appends.push_back(&append);
        if (alone) break;
    }
    return batch;
}

sequencer_state::sent_batch sequencer_state::take_in_flight(batch_id id) {
    const auto at = std::ranges::find(in_flight_, id, &sent_batch::id);
    BKES_ASSERT(at != in_flight_.end());
    auto batch = std::move(*at);
    in_flight_.erase(at);
    if (in_flight_.empty()) draining_ = false;
    return batch;
}

void sequencer_state::acked(batch_id id, log_offset base_offset) {
    auto batch = take_in_flight(id);
    for (auto* append : batch.appends) set_stage(*append, append_stage::acked);
    // The broker's limit isn't known, and may be raised.
    merged_bytes_max_ =
        std::min(options_.batch_bytes_max, merged_bytes_max_ + (merged_bytes_max_ / 64) + 1);
    const bool is_new = acked_.emplace(base_offset, std::move(batch)).second;
    BKES_ASSERT(is_new);
}

void sequencer_state::stored(log_offset next_offset) {
    while (!acked_.empty()) {
        auto first = acked_.begin();
        auto end = first->first;
        for (const auto* append : first->second.appends) end = end + append->record_count();
        if (end > next_offset) return;
        auto offset = first->first;
        const auto batch = std::move(first->second);
        acked_.erase(first);
        for (auto* append : batch.appends) {
            const auto count = append->record_count();
            end_written(*append, offset);
            offset = offset + count;
        }
    }
}

void sequencer_state::end_written(pending_append& append, log_offset base_offset) {
    heads_.store(append, [this](pending_append& held) { to_judge(held); });
    auto* next = append.line_after;
    queues_.written(append, base_offset);
    wake_behind_sequence(next);
    answer reply{.outcome = append_outcome::written};
    reply.base_offset = base_offset;
    answer_clients(append, reply);
    forget(append);
}

void sequencer_state::take_back(sent_batch& batch) {
    draining_ = !in_flight_.empty();
    disturbance disturbed;
    for (auto* append : batch.appends) {
        disturbed.add(*append);
        to_judge(*append);
    }
    heads_.leave(batch.appends);
    pull_ready(disturbed);
    rejudge(disturbed);
}

void sequencer_state::refused(batch_id id, std::int16_t broker_code, refusal_blame blame) {
    auto batch = take_in_flight(id);
    if (blame != refusal_blame::whole_batch && batch.appends.size() > 1) {
        try_apart(batch, blame);
        return;
    }
    take_back(batch);
    // The last one first, so that none hears only of the refusal of the one before it.
    for (auto* append : std::views::reverse(batch.appends)) {
        answer reply{.outcome = append_outcome::refused_by_broker};
        reply.broker_code = broker_code;
        end_unwritten(*append, reply);
    }
}

/// Nothing is known yet of the single appends.
void sequencer_state::try_apart(sent_batch& batch, refusal_blame blame) {
    if (blame == refusal_blame::its_size) {
        merged_bytes_max_ = batch.bytes / 2;
    } else {
        for (auto* append : batch.appends) append->request.merge = merging::goes_alone;
    }
    judge_again(batch);
}

void sequencer_state::not_written(batch_id id) {
    auto batch = take_in_flight(id);
    judge_again(batch);
}

/// Its appends aren't in the log: they are written by another batch, if anybody still wants that.
void sequencer_state::judge_again(sent_batch& batch) {
    take_back(batch);
    for (auto* append : std::views::reverse(batch.appends)) {
        answer reply{.outcome = append_outcome::not_ready};
        if (append->if_not_written) {
            reply.outcome = *append->if_not_written;
        } else if (closed_) {
            reply.outcome = closed_outcome();
        } else if (!append->clients.empty()) {
            continue;
        }
        end_unwritten(*append, reply);
    }
}

void sequencer_state::unknown(batch_id id) {
    const auto at = std::ranges::find(in_flight_, id, &sent_batch::id);
    BKES_ASSERT(at != in_flight_.end());
    at->send_again = true;
}

}  // namespace bkes::sync
