// Losing ownership, tenures where it is shared, and reads, as partition_log carries them out
// (partition_log_ownership.cpp, partition_log_tenure.cpp).

#include "tests/sim/instances/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

void instance::assigned() {
    assignment_.assigned();
    begin_tenure();
    turn();
}

void instance::revoked() {
    assignment_.revoked(around_.now);
}

void instance::seen_as_ours(sim_time asked_at) {
    assignment_.seen_as_ours(asked_at);
    begin_tenure();
    turn();
}

void instance::begin_tenure() {
    if (!tenure_.begin(assignment_)) return;
    around_.note(fmt::format("i{} begins a tenure", number));
    around_.tenure_begins(*this);
    begin_to_append();
    suspend_or_resume();
}

void instance::ownership_lost() {
    if (around_.is_shared) {
        tenure_.lost();
        has_taken_over_ = false;
        assignment_.lost(around_.now);
        around_.tenure_is_lost(*this);
    }
    sequencer_->close(sync::close_reason::fenced);
    answer_unproven();
    suspend_or_resume();
}

std::unique_ptr<sync::sequencer> instance::make_sequencer() {
    return std::make_unique<sync::sequencer>(
        sync::sequencer_options{.partition = partition_id{0},
                                .in_flight_batches_max = batches_max_},
        heads_, claims_);
}

/// If all that was under way in it is decided.
void instance::end_tenure() {
    if (!tenure_.end(sequencer_->counts())) {
        if (tenure_.decides_itself(assignment_)) {
            machine_.take_over_again();
            if (machine_.has_action()) around_.happens("decides itself");
        }
        return turn();
    }
    around_.note(fmt::format("i{} ends its tenure", number));
    ++tenures_;
    ++run_;
    ++connection_;
    wire_ = nullptr;
    ask_again_at_.reset();
    machine_ = sync::fencing{settings};
    under_way_ = {};
    sequencer_ = make_sequencer();
    sent_.clear();
    unsettled_.clear();
    is_appending_ = is_open_ = false;
    suspend_or_resume();
    begin_tenure();
    turn();
}

void instance::begin_to_append() {
    if (tenure_.is_held() && is_caught_up_ && !std::exchange(is_appending_, true)) {
        machine_.start();
    }
}

// ---- reads

sync::log_reach instance::reach() const {
    if (stored_.empty()) return {};
    return {.next_offset = log_offset{stored_.back().end()},
            .epoch = leader_epoch{stored_.back().leader_epoch}};
}

bool instance::is_readable() const {
    return is_caught_up_ && has_taken_over_ && !is_lost() && has_young_proof();
}

std::int64_t instance::head_of(const std::string& key) {
    const auto head = heads_.find_head(key);
    return *head ? (*head)->next_order.value() : 0;
}

std::optional<sync::read_moment> instance::readable_until(
    std::optional<std::string_view> key) const {
    if (!is_caught_up_) return std::nullopt;
    if (is_readable()) {
        const bool is_key_settled = key && !unsettled_.may_hold(*key);
        return is_key_settled ? sync::read_moment::max() : unsettled_.settled_until();
    }
    return followed_.answers(reach());
}

void instance::wants_to_read(sync::read_moment began) {
    if (has_taken_over_) return wants_proof();
    if (followed_.want(began)) ask_owner();
}

/// If a read waits for what the owner says, and he isn't being asked.
void instance::ask_owner() {
    if (!has_taken_over_ && followed_.next_question(steady(around_.now), reach())) {
        around_.ask_position(*this);
    }
}

void instance::hears_position(const std::optional<sync::log_reach>& said) {
    followed_.answered(said);
    if (!said) return;  // asked again at the next tick
    reads_until_ = std::max(reads_until_, said->next_offset.value());
    ask_owner();
}

}  // namespace bkes::sim::instances
