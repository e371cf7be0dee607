// What clients ask of the sequencer: submit, resend, cancel, and what happens when they have waited
// long enough.

#include "protocol/core/assert.hpp"
#include "sync/sequencer/state.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace bkes::sync {

namespace {

/// What the later batches of an idempotent producer hear when one was not written. As a broker
/// would say: out of order. But if the one before may simply come again, so may they.
append_outcome outcome_behind(append_outcome first) {
    switch (first) {
        case append_outcome::not_ready:
        case append_outcome::not_owner:
        case append_outcome::invalid_producer_epoch:
            return first;
        case append_outcome::timed_out:
            return append_outcome::not_ready;
        default:
            return append_outcome::out_of_order_sequence;
    }
}

answer with_outcome(append_outcome outcome) {
    return {.outcome = outcome};
}

}  // namespace

void sequencer_state::submit(append request) {
    BKES_ASSERT(!request.records.empty());
    BKES_ASSERT(!appends_.contains(request.id) && !joined_.contains(request.id));
    if (closed_) return answer_unadmitted(request.id, closed_outcome(), {});
    if (request.sequence) {
        const auto found = queues_.check(*request.sequence);
        switch (found.what) {
            case producer_table::standing::duplicate:
                if (found.same != nullptr) return join_undecided(request, *found.same);
                return answer_unadmitted(request.id, append_outcome::duplicate, found.original);
            case producer_table::standing::out_of_order:
                return answer_unadmitted(request.id, append_outcome::out_of_order_sequence, {});
            case producer_table::standing::deferred:
                return answer_unadmitted(request.id, append_outcome::not_ready, {});
            case producer_table::standing::old_epoch:
                return answer_unadmitted(request.id, append_outcome::invalid_producer_epoch, {});
            case producer_table::standing::next:
                break;
        }
        if (found.starts_new_epoch) start_new_epoch(request.sequence->producer);
    }
    // One that is larger than all that may wait comes in when nothing else does.
    const bool full =
        waiting_appends_ >= options_.waiting_appends_max ||
        (waiting_bytes_ > 0 && waiting_bytes_ + request.memory_bytes > options_.waiting_bytes_max);
    auto& admitted = admit(std::move(request));
    if (full) end_unwritten(admitted, with_outcome(append_outcome::not_ready));
}

pending_append& sequencer_state::admit(append request) {
    const auto id = request.id;
    auto& owned = appends_[id];
    owned = std::make_unique<pending_append>();
    auto& append = *owned;
    append.arrival = next_arrival_++;
    append.clients.push_back({id, request.hold_until, request.answer_until});
    append.request = std::move(request);
    next_expiry_ = std::min({next_expiry_, append.request.hold_until, append.request.answer_until});
    ++waiting_appends_;
    waiting_bytes_ += append.request.memory_bytes;
    if (append.request.sequence) queues_.join(append);
    to_judge_.emplace(append.arrival, &append);
    if (suspended_) tell_hold(append, hold_cause::not_ready);
    return append;
}

void sequencer_state::join_undecided(const append& request, pending_append& same) {
    same.clients.push_back({request.id, request.hold_until, request.answer_until});
    joined_.emplace(request.id, &same);
    out_.joined.push_back(request.id);
    next_expiry_ = std::min({next_expiry_, request.hold_until, request.answer_until});
}

void sequencer_state::answer_unadmitted(append_id id, append_outcome outcome, log_offset offset) {
    auto reply = with_outcome(outcome);
    reply.id = reply.of = id;
    if (outcome == append_outcome::duplicate) reply.base_offset = offset;
    out_.answers.push_back(reply);
    out_.released.push_back(id);
}

void sequencer_state::start_new_epoch(producer_id producer) {
    for (auto* append : queues_.clear(producer)) {
        append->if_not_written = append_outcome::invalid_producer_epoch;
        abandoned_.push_back(append->request.id);
    }
}

/// Unsent, and either without a client or of an epoch that is over.
bool sequencer_state::is_abandoned(const pending_append& append) {
    return !append.is_sent() && (append.clients.empty() || append.if_not_written);
}

void sequencer_state::cancel(append_id id) {
    const auto joined = joined_.find(id);
    const auto own = appends_.find(id);
    if (joined == joined_.end() && own == appends_.end()) return;
    auto& append = joined != joined_.end() ? *joined->second : *own->second;
    if (std::erase_if(append.clients, [&](const auto& client) { return client.id == id; }) == 0) {
        return;
    }
    if (joined != joined_.end()) {
        joined_.erase(joined);
        out_.released.push_back(id);
    }
    if (append.clients.empty()) abandoned_.push_back(append.request.id);
}

void sequencer_state::expire(instant now) {
    if (now < next_expiry_) return;
    next_expiry_ = instant::max();
    std::vector<append_id> dropped;
    for (const auto& [id, append] : appends_) expire_clients(*append, now, dropped);
    disturbance disturbed;
    drop(dropped, append_outcome::not_ready, disturbed);
}

void sequencer_state::expire_clients(pending_append& append, instant now,
                                     std::vector<append_id>& dropped) {
    const auto deadline = [&](const waiting_client& client) {
        return append.is_sent() ? client.answer_until
                                : std::min(client.hold_until, client.answer_until);
    };
    const auto is_over = [&](const waiting_client& client) { return deadline(client) <= now; };
    for (const auto& client : append.clients) {
        if (!is_over(client)) next_expiry_ = std::min(next_expiry_, deadline(client));
    }
    if (append.clients.empty() || !std::ranges::any_of(append.clients, is_over)) return;
    const bool all_over = std::ranges::all_of(append.clients, is_over);
    const bool is_resend =
        append.stage == append_stage::held && append.held_for == hold_reason::resend;
    if (all_over && !append.is_sent() && !is_resend) {
        dropped.push_back(append.request.id);
        return;
    }
    // Sent, or another client waits for the same append, or the append that this one repeats is on
    // its way: it may yet be written.
    std::erase_if(append.clients, [&](const waiting_client& client) {
        if (!is_over(client)) return false;
        answer_client(append, client, with_outcome(append_outcome::timed_out));
        return true;
    });
    if (append.clients.empty() && !append.is_sent()) dropped.push_back(append.request.id);
}

void sequencer_state::answer_client(const pending_append& append, const waiting_client& client,
                                    answer reply) {
    reply.id = client.id;
    reply.of = append.request.id;
    out_.answers.push_back(reply);
    if (client.id == append.request.id) return;
    joined_.erase(client.id);
    out_.released.push_back(client.id);
}

/// The append's own last: what the others hear is read from its batch, which leaves with it.
void sequencer_state::answer_clients(pending_append& append, const answer& reply) {
    for (const auto& client : std::views::reverse(append.clients)) {
        answer_client(append, client, reply);
    }
    append.clients.clear();
}

void sequencer_state::drop(const std::vector<append_id>& unsent, append_outcome outcome,
                           disturbance& disturbed) {
    if (unsent.empty() && disturbed.keys.empty()) return;
    for (const auto id : unsent) appends_.at(id)->leaving = true;
    pull_ready(disturbed);
    for (const auto id : unsent) {
        // Not there any more: ended with one that it followed.
        const auto at = appends_.find(id);
        if (at == appends_.end()) continue;
        auto& append = *at->second;
        end_unwritten(append, with_outcome(append.if_not_written.value_or(outcome)));
    }
    rejudge(disturbed);
}

void sequencer_state::end_unwritten(pending_append& append, const answer& reply) {
    if (append.if_not_written) {  // what stands behind it is of a newer epoch
        auto* next = append.line_after;
        queues_.leave(append);
        wake_behind_sequence(next);
    }
    const auto behind_hears = outcome_behind(reply.outcome);
    const auto why = behind_hears == append_outcome::out_of_order_sequence
                         ? producer_table::miss::refused
                         : producer_table::miss::deferred;
    const auto behind = queues_.cut(append, why);
    // Accepted ones are behind a batch that was sent and was not written.
    disturbance disturbed;
    bool any_ready = false;
    for (auto* next : behind) {
        if (next->stage != append_stage::ready || next->leaving) continue;
        next->leaving = true;
        any_ready = true;
    }
    if (any_ready) pull_ready(disturbed);
    for (auto* next : behind) {
        if (next->is_sent()) {
            next->if_not_written = behind_hears;
            continue;
        }
        withdraw(*next);
        answer_clients(*next, with_outcome(behind_hears));
        forget(*next);
    }
    withdraw(append);
    answer_clients(append, reply);
    forget(append);
    rejudge(disturbed);
}

void sequencer_state::forget(pending_append& append) {
    if (!append.is_sent()) {
        --waiting_appends_;
        waiting_bytes_ -= append.request.memory_bytes;
    }
    const auto id = append.request.id;
    out_.released.push_back(id);
    appends_.erase(id);
}

}  // namespace bkes::sync
