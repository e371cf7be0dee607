#include "sync/sequencer/producer_queues.hpp"

#include "protocol/core/assert.hpp"
#include "protocol/core/producer_identity.hpp"

#include <algorithm>

namespace bkes::sync {

using standing = producer_table::standing;

producer_queues::finding producer_queues::check(const producer_sequence& sequence) {
    auto* const newest = newest_of(sequence.producer);
    if (newest == nullptr) {
        const auto known = table_.check(sequence);
        return {known.what, known.original};
    }
    const auto& last = *newest->request.sequence;
    if (sequence.epoch < last.epoch) return {standing::old_epoch};
    if (sequence.epoch > last.epoch) {
        // Not for the table alone: it may not know the producer yet, and take any sequence.
        if (sequence.base_sequence != sequence_number{0}) return {standing::out_of_order};
        const auto known = table_.check(sequence);
        return {known.what, known.original, nullptr, known.what == standing::next};
    }
    if (sequence.base_sequence == sequence_after(last.base_sequence, last.count))
        return {standing::next};
    for (auto* waiting = newest; waiting != nullptr; waiting = waiting->line_before) {
        if (waiting->request.sequence == sequence) return {standing::duplicate, {}, waiting};
    }
    const auto known = table_.check(sequence);
    if (known.what == standing::duplicate || known.what == standing::old_epoch) {
        return {known.what, known.original};
    }
    return {standing::out_of_order};
}

void producer_queues::join(pending_append& append) {
    BKES_ASSERT(!append.in_line);
    auto& line = lines_[append.request.sequence->producer];
    append.in_line = true;
    append.line_before = line.back;
    (line.back != nullptr ? line.back->line_after : line.front) = &append;
    line.back = &append;
}

void producer_queues::written(pending_append& append, log_offset offset) {
    if (!append.request.sequence) return;
    leave(append);
    table_.written(*append.request.sequence, offset);
}

void producer_queues::leave(pending_append& append) {
    if (append.in_line) unlink(append);
}

std::vector<pending_append*> producer_queues::cut(pending_append& append,
                                                  producer_table::miss why) {
    std::vector<pending_append*> behind;
    if (!append.in_line) return behind;
    for (auto* next = append.line_after; next != nullptr; next = next->line_after) {
        behind.push_back(next);
    }
    std::ranges::reverse(behind);
    for (auto* next : behind) unlink(*next);
    unlink(append);
    table_.missed(*append.request.sequence, why);
    return behind;
}

std::vector<pending_append*> producer_queues::clear(producer_id producer) {
    std::vector<pending_append*> all;
    const auto at = lines_.find(producer);
    if (at == lines_.end()) return all;
    for (auto* next = at->second.back; next != nullptr; next = next->line_before) {
        all.push_back(next);
    }
    for (auto* next : all) {
        if (!next->is_sent()) unlink(*next);
    }
    return all;
}

void producer_queues::missed(const producer_sequence& sequence) {
    const auto found = check(sequence);
    if (found.what != standing::next) return;
    // Behind a line of the same epoch the end of the line says already what has to come next.
    if (newest_of(sequence.producer) != nullptr && !found.starts_new_epoch) return;
    table_.missed(sequence, producer_table::miss::refused);
}

pending_append* producer_queues::newest_of(producer_id producer) const {
    const auto at = lines_.find(producer);
    if (at == lines_.end() || at->second.back->if_not_written) return nullptr;
    return at->second.back;
}

void producer_queues::unlink(pending_append& append) {
    const auto at = lines_.find(append.request.sequence->producer);
    BKES_ASSERT(at != lines_.end());
    auto& line = at->second;
    (append.line_before != nullptr ? append.line_before->line_after : line.front) =
        append.line_after;
    (append.line_after != nullptr ? append.line_after->line_before : line.back) =
        append.line_before;
    append.line_before = append.line_after = nullptr;
    append.in_line = false;
    if (line.front == nullptr) lines_.erase(at);
}

}  // namespace bkes::sync
