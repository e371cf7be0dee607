#include "sync/undecided_heads.hpp"

#include "protocol/core/assert.hpp"

#include <algorithm>

namespace bkes::sync {

result<key_standing> undecided_heads::look(bytes_view key) {
    const auto opened = open(key);
    if (!opened) return failure{opened.error()};
    const undecided_key& known = **opened;
    return key_standing{.lives_elsewhere = known.lives_elsewhere,
                        .committed_next = known.committed_next,
                        .undecided_next = known.undecided_next(),
                        .has_undecided = !known.chain.empty()};
}

result<standing_event> undecided_heads::event_at(bytes_view key, event_order order) {
    const auto opened = open(key);
    if (!opened) return failure{opened.error()};
    const undecided_key& known = **opened;
    if (order < known.committed_next) {
        auto event = source_.find_event(key, order);
        if (!event) return failure{event.error()};
        if (!*event) return standing_event{};
        return standing_event{standing_event::place::stored, std::move((*event)->id),
                              (*event)->offset};
    }
    const auto link = std::ranges::upper_bound(known.chain, order, {}, &undecided_key::link::next);
    if (link == known.chain.end()) return standing_event{};
    auto skip = order - event_order{link->next.value() - link->events};
    for (const auto& record : link->owner->request.records) {
        if (record.key != key || skip-- > 0) continue;
        return standing_event{
            standing_event::place::undecided, bytes{record.event_id.value_or(bytes_view{})}, {}};
    }
    return standing_event{};
}

result<undecided_heads::entry_result> undecided_heads::enter(pending_append& append,
                                                             const std::vector<key_count>& counts) {
    BKES_ASSERT(append.keys.empty());
    std::vector<undecided_key*> claimed;
    const auto give_back = [&] {
        for (auto* key : claimed) release_claim(*key);
    };
    for (const auto& count : counts) {
        auto* key = find(count.key);
        BKES_ASSERT(key != nullptr);
        if (key->is_claimed || key->committed_next > event_order{0}) continue;
        if (claims_.claim(key->key) == key_claims::claim_result::held_elsewhere) {
            give_back();
            return entry_result{entry::claimed_elsewhere, count.key};
        }
        key->is_claimed = true;
        claimed.push_back(key);
        // Whoever had the claim may have stored its event between our look and our claim.
        const auto read = read_head(*key);
        if (!read || key->lives_elsewhere || key->committed_next > event_order{0}) {
            give_back();
            if (!read) return failure{read.error()};
            return entry_result{entry::head_moved, count.key};
        }
    }
    append.keys.reserve(counts.size());
    for (const auto& count : counts) {
        auto* key = find(count.key);
        key->chain.push_back({&append, count.events, key->undecided_next() + count.events});
        append.keys.push_back(key);
    }
    return entry_result{};
}

void undecided_heads::leave(pending_append& append) {
    for (undecided_key* key : append.keys) remove_link(*key, append);
    append.keys.clear();
}

void undecided_heads::hold(pending_append& append, bytes_view key) {
    auto* known = find(key);
    BKES_ASSERT(known != nullptr);
    known->held.push_back(&append);
    append.held_on = known;
}

void undecided_heads::unhold(pending_append& append) {
    if (append.held_on == nullptr) return;
    auto& key = *append.held_on;
    std::erase(key.held, &append);
    append.held_on = nullptr;
    drop_if_unused(key);
}

undecided_key* undecided_heads::find(bytes_view key) {
    const auto at = keys_.find(key);
    return at == keys_.end() ? nullptr : &at->second;
}

void undecided_heads::release_claim(undecided_key& key) {
    if (!key.is_claimed) return;
    key.is_claimed = false;
    claims_.release(key.key);
}

void undecided_heads::drop_if_unused(undecided_key& key) {
    if (!key.chain.empty()) return;
    release_claim(key);
    if (!key.held.empty() || key.is_dirty) return;
    std::erase(looked_at_, &key);
    keys_.erase(keys_.find(key.key));
}

void undecided_heads::drop_looked_at() {
    auto opened = std::move(looked_at_);
    looked_at_.clear();
    for (auto* key : opened) drop_if_unused(*key);
}

result<undecided_key*> undecided_heads::open(bytes_view key) {
    auto* known = find(key);
    // Without a chain of our own the key may meanwhile have found its home in another partition.
    if (known != nullptr && !known->is_stale && !known->chain.empty()) return known;
    if (known == nullptr) {
        known = &keys_.try_emplace(bytes{key}).first->second;
        known->key = key;
        looked_at_.push_back(known);
    }
    if (const auto read = read_head(*known); !read) {
        known->is_stale = true;
        return failure{read.error()};
    }
    return known;
}

result<void> undecided_heads::read_head(undecided_key& key) {
    const auto head = source_.find_head(key.key);
    if (!head) return failure{head.error()};
    key.is_stale = false;
    key.lives_elsewhere.reset();
    key.committed_next = event_order{0};
    if (*head && (*head)->home == partition_) key.committed_next = (*head)->next_order;
    if (*head && (*head)->home != partition_) key.lives_elsewhere = (*head)->home;
    auto next = key.committed_next;
    for (auto& link : key.chain) {
        next = next + link.events;
        link.next = next;
    }
    return {};
}

void undecided_heads::remove_link(undecided_key& key, const pending_append& append) {
    // Nearly always the first (stored) or one of the last (judged again).
    auto at = key.chain.begin();
    if (at == key.chain.end() || at->owner != &append) {
        const auto from_back = std::ranges::find(key.chain.rbegin(), key.chain.rend(), &append,
                                                 &undecided_key::link::owner);
        BKES_ASSERT(from_back != key.chain.rend());
        at = std::prev(from_back.base());
    }
    at = key.chain.erase(at);
    auto next = at == key.chain.begin() ? key.committed_next : std::prev(at)->next;
    for (; at != key.chain.end(); ++at) {
        next = next + at->events;
        at->next = next;
    }
}

}  // namespace bkes::sync
