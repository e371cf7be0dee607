#include "sync/sequencer/producer_table.hpp"

#include "protocol/core/producer_identity.hpp"

#include <algorithm>
#include <span>

namespace bkes::sync {

namespace {

/// True if `sequence` lies ahead of `mark`, on the circle of 2^31 sequences.
bool is_ahead(sequence_number sequence, sequence_number mark) {
    const auto distance =
        (static_cast<std::uint32_t>(sequence.value()) - static_cast<std::uint32_t>(mark.value())) &
        0x7fffffffU;
    return distance != 0 && distance < 0x40000000U;
}

}  // namespace

producer_epoch producer_table::entry::newest_epoch() const {
    auto newest = batch_count > 0 ? batches[batch_count - 1].sequence.epoch : producer_epoch{-1};
    if (awaiting) newest = std::max(newest, awaiting->epoch);
    return newest;
}

const producer_table::written_batch* producer_table::entry::find(
    const producer_sequence& sequence) const {
    const auto known = std::span{batches}.first(batch_count);
    const auto at = std::ranges::find(known, sequence, &written_batch::sequence);
    return at == known.end() ? nullptr : &*at;
}

producer_table::finding producer_table::check(const producer_sequence& sequence) {
    const entry* known = touch(sequence.producer);
    if (known == nullptr) return {standing::next};
    if (sequence.epoch < known->newest_epoch()) return {standing::old_epoch};
    if (const auto* original = known->find(sequence)) {
        return {standing::duplicate, original->offset};
    }
    if (known->awaiting && known->awaiting->epoch == sequence.epoch) {
        const auto& awaiting = *known->awaiting;
        if (sequence.base_sequence == awaiting.base_sequence) return {standing::next};
        const bool later = is_ahead(sequence.base_sequence, awaiting.base_sequence);
        return {later && awaiting.why == miss::deferred ? standing::deferred
                                                        : standing::out_of_order};
    }
    auto expected = sequence_number{0};  // where a new epoch starts
    if (known->batch_count > 0) {
        const auto& last = known->batches[known->batch_count - 1].sequence;
        if (last.epoch == sequence.epoch) expected = sequence_after(last.base_sequence, last.count);
    }
    return {sequence.base_sequence == expected ? standing::next : standing::out_of_order};
}

void producer_table::written(const producer_sequence& sequence, log_offset offset) {
    entry& known = touch_or_add(sequence.producer);
    if (known.batch_count > 0) {
        const auto epoch = known.batches[known.batch_count - 1].sequence.epoch;
        if (sequence.epoch < epoch) return;
        if (sequence.epoch > epoch) known.batch_count = 0;
    }
    if (known.batch_count == batches_max) {
        std::ranges::rotate(known.batches, known.batches.begin() + 1);
        --known.batch_count;
    }
    known.batches[known.batch_count++] = {sequence, offset};
    if (known.awaiting && known.awaiting->epoch <= sequence.epoch) known.awaiting.reset();
}

void producer_table::missed(const producer_sequence& sequence, miss why) {
    entry& known = touch_or_add(sequence.producer);
    if (sequence.epoch < known.newest_epoch()) return;
    known.awaiting = awaited{sequence.epoch, sequence.base_sequence, why};
}

void producer_table::forget_from(log_offset offset) {
    std::erase_if(recent_, [&](entry& known) {
        if (known.batch_count == 0) return false;
        const auto all = std::span{known.batches}.first(known.batch_count);
        const auto first_lost = std::ranges::find_if(
            all, [offset](const written_batch& one) { return one.offset >= offset; });
        known.batch_count = static_cast<std::size_t>(first_lost - all.begin());
        if (known.batch_count > 0) return false;
        entries_.erase(known.producer);
        return true;
    });
}

producer_table::entry* producer_table::touch(producer_id producer) {
    const auto at = entries_.find(producer);
    if (at == entries_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, at->second);
    return &*at->second;
}

producer_table::entry& producer_table::touch_or_add(producer_id producer) {
    if (entry* known = touch(producer)) return *known;
    if (entries_.size() >= producers_max_ && !recent_.empty()) {
        entries_.erase(recent_.back().producer);
        recent_.pop_back();
    }
    recent_.push_front(entry{.producer = producer, .batches = {}, .awaiting = {}});
    entries_.emplace(producer, recent_.begin());
    return recent_.front();
}

}  // namespace bkes::sync
