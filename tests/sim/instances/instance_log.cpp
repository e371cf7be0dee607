// What an instance reads of the log, as log_tail and partition_log take it.

#include "tests/sim/instances/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

void instance::reads_log(dice& d) {
    find_divergence();
    turn();
    auto entries = 1 + d.below(6);
    while (entries-- > 0 && stored_.size() < around_.partition.log().size()) {
        take_entry(around_.partition.log()[stored_.size()]);
    }
    const auto next = read_to();
    sequencer_->stored(next);
    unsettled_.stored(next);
    under_way_.stored(next);
    machine_.log_stored(around_.now);
    turn();
    if (next.value() >= std::min(reads_until_, around_.partition.end()) && !is_caught_up_) {
        is_caught_up_ = true;
        begin_to_append();
    }
    turn();
    begin_to_serve();
    suspend_or_resume();
    flush(0);
}

/// So many entries of the store stand in the log.
std::size_t instance::stands_to() const {
    const auto& log = around_.partition.log();
    std::size_t same = std::min(stored_.size(), log.size());
    while (same > 0 && stored_[same - 1].id != log[same - 1].id) --same;
    return same;
}

void instance::find_divergence() {
    const auto same = stands_to();
    if (same == stored_.size()) return;
    around_.note(fmt::format("i{} goes back to entry {}", number, same));
    auto kept = std::move(stored_);
    kept.resize(same);
    stored_.clear();
    heads_.aggregates.clear();
    for (const auto& entry : kept) store(entry);
    is_caught_up_ = false;
    reads_until_ = around_.partition.end();
    log_is_cut(read_to());
    suspend_or_resume();
}

void instance::log_is_cut(log_offset end) {
    around_.note(fmt::format("i{} learns that the log ended at {}", number, end.value()));
    under_way_.cut(end);
    sequencer_->truncated(end);
    unsettled_.cut(end);
    machine_.log_cut(around_.now);
    for (auto& [asked, reply] : std::exchange(unproven_, {})) {
        around_.answered(*this, *asked, {.id = reply.id});
    }
}

void instance::take_entry(const log_entry& entry) {
    const sync::logged_batch read{.writer = entry.writer,
                                  .base_sequence = entry.base_sequence,
                                  .base_offset = log_offset{entry.offset},
                                  .last_offset = log_offset{entry.end() - 1}};
    if (const auto end = under_way_.contradicted_by(read)) log_is_cut(*end);
    around_.note(fmt::format("i{} reads {} at {}", number, entry.is_marker ? "a marker" : "records",
                             entry.offset));
    if (entry.is_marker) machine_.marker_read(entry.writer, around_.now);
    if (const auto id = under_way_.find(entry.writer, entry.base_sequence);
        !entry.is_marker && id) {
        under_way_.decided(*id);
        sent_.erase(*id);
        sequencer_->acked(*id, log_offset{entry.offset});
        unsettled_.written(*id, log_offset{entry.end()});
    } else if (!entry.is_marker && !machine_.is_own(entry.writer)) {
        for (const auto* one : entry.commands) sequencer_->head_changed(one->key);
        if (!entry.foreign_key.empty()) sequencer_->head_changed(entry.foreign_key);
    }
    store(entry);
}

void instance::store(const log_entry& entry) {
    auto at = entry.offset;
    for (const auto* one : entry.commands) heads_.add(one->key, partition_id{0}, log_offset{at++});
    if (!entry.foreign_key.empty()) {
        heads_.add(entry.foreign_key, partition_id{0}, log_offset{entry.offset});
    }
    stored_.push_back(entry);
}

}  // namespace bkes::sim::instances
