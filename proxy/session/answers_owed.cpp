#include "proxy/session/answers_owed.hpp"

#include <algorithm>
#include <utility>

namespace bkes::proxy {

answer_id answers_owed::add(owed_answer entry) {
    entry.id = answer_id{next_id_++};
    const auto id = entry.id;
    request_bytes_ += entry.request_bytes;
    entries_.push_back(std::move(entry));
    return id;
}

owed_answer* answers_owed::first_awaiting_upstream() {
    const auto found = std::ranges::find_if(entries_, &owed_answer::awaits_upstream);
    return found == entries_.end() ? nullptr : &*found;
}

owed_answer* answers_owed::find(answer_id id) {
    // Ids rise from front to back.
    const auto found = std::ranges::lower_bound(entries_, id, {}, &owed_answer::id);
    return found == entries_.end() || found->id != id ? nullptr : &*found;
}

bool answers_owed::complete(answer_id id, bytes frame) {
    auto* entry = find(id);
    if (entry == nullptr) {
        return false;
    }
    ready_bytes_ += frame.size();
    request_bytes_ -= std::exchange(entry->request_bytes, 0);
    held_bytes_ -= std::exchange(entry->held_bytes, 0);
    const auto done = std::move(entry->work);  // may be what calls, so it ends last
    entry->frame = std::move(frame);
    entry->is_ready = true;
    return true;
}

void answers_owed::drop_unanswerable() {
    const auto first = std::ranges::find_if(entries_, [](const owed_answer& entry) {
        return entry.awaits_upstream || entry.needs_upstream;
    });
    std::for_each(first, entries_.end(), [this](const owed_answer& entry) { forget(entry); });
    entries_.erase(first, entries_.end());
}

void answers_owed::drop_unanswered_token() {
    if (!entries_.empty() && entries_.back().is_raw && entries_.back().awaits_upstream) {
        entries_.pop_back();
    }
}

void answers_owed::forget(const owed_answer& dropped) {
    ready_bytes_ -= dropped.frame.size();
    request_bytes_ -= dropped.request_bytes;
    held_bytes_ -= dropped.held_bytes;
}

void answers_owed::set_needs_upstream(answer_id id, bool needs) {
    if (auto* entry = find(id)) {
        entry->needs_upstream = needs;
    }
}

void answers_owed::count_work(answer_id id, std::size_t count) {
    if (auto* entry = find(id)) {
        entry->request_bytes += count;
        request_bytes_ += count;
    }
}

void answers_owed::hold(answer_id id, std::size_t count) {
    if (auto* entry = find(id)) {
        entry->held_bytes += count;
        held_bytes_ += count;
    }
}

void answers_owed::clear() {
    const auto gone = std::exchange(entries_, {});
    std::ranges::for_each(gone, [this](const owed_answer& entry) { forget(entry); });
}

std::deque<owed_answer> answers_owed::take_ready() {
    std::deque<owed_answer> ready;
    while (!entries_.empty() && entries_.front().is_ready) {
        ready_bytes_ -= entries_.front().frame.size();
        ready.push_back(std::move(entries_.front()));
        entries_.pop_front();
    }
    return ready;
}

}  // namespace bkes::proxy
