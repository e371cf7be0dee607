// Verdicts: who is accepted, who is held until something is decided, who is judged again because
// what it was judged on has gone.

#include "protocol/core/assert.hpp"
#include "sync/sequencer/judgement.hpp"
#include "sync/sequencer/state.hpp"

#include <algorithm>

namespace bkes::sync {

void disturbance::add(undecided_key& key) {
    if (key.is_dirty) return;
    key.is_dirty = true;
    keys.push_back(&key);
}

void disturbance::add(const pending_append& append) {
    for (auto* key : append.keys) add(*key);
    if (append.request.sequence) producers.insert(append.request.sequence->producer);
}

namespace {

hold_cause cause_of(hold_reason reason) {
    switch (reason) {
        case hold_reason::order_above:
        case hold_reason::order_below:
        case hold_reason::resend:
            return hold_cause::order;
        case hold_reason::claimed:
            return hold_cause::home;
        case hold_reason::behind_sequence:
            return hold_cause::sequence;
    }
    return hold_cause::order;
}

}  // namespace

bool disturbance::touches(const pending_append& append) const {
    if (append.in_line && producers.contains(append.request.sequence->producer)) return true;
    return std::ranges::any_of(append.keys, &undecided_key::is_dirty);
}

void sequencer_state::judge_all() {
    while (!to_judge_.empty()) {
        auto& append = *to_judge_.begin()->second;
        to_judge_.erase(to_judge_.begin());
        judge_one(append);
        heads_.drop_looked_at();
    }
}

void sequencer_state::judge_one(pending_append& append) {
    if (append.line_before != nullptr && !append.line_before->is_accepted()) {
        return hold_behind_sequence(append);
    }
    const auto judged = judge(append.request, heads_);
    if (!judged) {  // the store has failed and said so in the log
        return end_unwritten(append, {.outcome = append_outcome::not_ready});
    }
    switch (judged->what) {
        case verdict::kind::accept:
            return accept(append, *judged);
        case verdict::kind::refuse:
            return end_unwritten(append, judged->reply);
        case verdict::kind::hold:
            return hold(append, *judged);
        case verdict::kind::duplicate:
            return end_standing(append, judged->reply);
        case verdict::kind::redirect:
            return redirect(append, judged->reply.home);
    }
}

void sequencer_state::accept(pending_append& append, const verdict& accepted) {
    const auto entered = heads_.enter(append, accepted.accepted);
    if (!entered) {
        return end_unwritten(append, {.outcome = append_outcome::not_ready});
    }
    switch (entered->what) {
        case undecided_heads::entry::claimed_elsewhere: {
            append.held_for = hold_reason::claimed;
            append.waits_for = {};
            heads_.hold(append, entered->contested);
            return set_stage(append, append_stage::held);
        }
        case undecided_heads::entry::head_moved:
            return to_judge(append);
        case undecided_heads::entry::accepted:
            break;
    }
    set_stage(append, append_stage::ready);
    ready_.push_back(&append);
    ready_records_ += append.request.records.size();
    const auto again = [this](pending_append& held) { to_judge(held); };
    for (auto* key : append.keys) heads_.wake_fitting(*key, again);
    wake_behind_sequence(append.line_after);
}

void sequencer_state::hold(pending_append& append, const verdict& why) {
    append.held_for = why.reason;
    append.waits_for = why.waits_for;
    heads_.hold(append, why.held_on);
    set_stage(append, append_stage::held);
}

/// Once it is on its way there, nothing that happens here can stop it: so what it follows in its
/// producer's line has to be decided.
void sequencer_state::redirect(pending_append& append, partition_id home) {
    if (append.line_before != nullptr) return hold_behind_sequence(append);
    out_.redirects.push_back({append.request.id, home, append.request.hold_until});
    append.request.records.clear();
    set_stage(append, append_stage::redirected);
    ++redirected_;
}

void sequencer_state::redirect_ended(append_id id, const answer& reply) {
    const auto at = appends_.find(id);
    BKES_ASSERT(at != appends_.end() && at->second->stage == append_stage::redirected);
    auto& append = *at->second;
    --redirected_;
    auto heard = reply;
    heard.base_offset = log_offset{-1};
    if (heard.outcome == append_outcome::written || heard.outcome == append_outcome::duplicate) {
        return end_standing(append, heard);
    }
    // An unclean election took what stood there, and the key has another home now.
    if (heard.outcome == append_outcome::wrong_partition) heard.outcome = append_outcome::not_ready;
    heard.outcome = append.if_not_written.value_or(heard.outcome);
    end_unwritten(append, heard);
}

void sequencer_state::end_standing(pending_append& append, const answer& reply) {
    auto* next = append.line_after;
    queues_.written(append, reply.base_offset);
    wake_behind_sequence(next);
    answer_clients(append, reply);
    forget(append);
}

void sequencer_state::hold_behind_sequence(pending_append& append) {
    append.held_for = hold_reason::behind_sequence;
    set_stage(append, append_stage::held);
}

void sequencer_state::wake_behind_sequence(pending_append* next) {
    if (next != nullptr && next->stage == append_stage::held &&
        next->held_for == hold_reason::behind_sequence) {
        to_judge(*next);
    }
}

void sequencer_state::to_judge(pending_append& append) {
    set_stage(append, append_stage::to_judge);
    to_judge_.emplace(append.arrival, &append);
}

void sequencer_state::withdraw(pending_append& append) {
    BKES_ASSERT(append.keys.empty());
    to_judge_.erase(append.arrival);
    heads_.unhold(append);
}

void sequencer_state::pull_ready(disturbance& disturbed) {
    std::deque<pending_append*> kept;
    std::vector<pending_append*> pulled;
    for (auto* append : ready_) {
        if (!append->leaving && !disturbed.touches(*append)) {
            kept.push_back(append);
            continue;
        }
        ready_records_ -= append->request.records.size();
        disturbed.add(*append);
        pulled.push_back(append);
        if (!append->leaving) to_judge(*append);
    }
    heads_.leave(pulled);
    ready_ = std::move(kept);
}

void sequencer_state::rejudge(disturbance& disturbed) {
    for (auto* key : disturbed.keys) {
        key->is_dirty = false;
        heads_.wake_all(*key, [this](pending_append& held) { to_judge(held); });
        heads_.drop_if_unused(*key);
    }
    disturbed.keys.clear();
}

void sequencer_state::set_stage(pending_append& append, append_stage stage) {
    const bool was_sent = append.is_sent();
    append.stage = stage;
    if (stage == append_stage::held) tell_hold(append, cause_of(append.held_for));
    if (stage == append_stage::redirected) tell_hold(append, hold_cause::home);
    if (append.is_sent() == was_sent) return;
    if (was_sent) {
        ++waiting_appends_;
        waiting_bytes_ += append.request.memory_bytes;
        if (suspended_) tell_hold(append, hold_cause::not_ready);
        for (const auto& client : append.clients) {
            next_expiry_ = std::min({next_expiry_, client.hold_until, client.answer_until});
        }
    } else {
        --waiting_appends_;
        waiting_bytes_ -= append.request.memory_bytes;
    }
}

/// However often it is judged again, it is one append that waits.
void sequencer_state::tell_hold(pending_append& append, hold_cause cause) {
    const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(cause));
    if ((append.was_held_for & bit) != 0) return;
    append.was_held_for |= bit;
    out_.held.push_back(cause);
}

}  // namespace bkes::sync
