#include "sync/sequencer/undecided_heads.hpp"

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

/// Each chain is gone through once, however many leave it.
void undecided_heads::leave(std::span<pending_append* const> appends) {
    std::vector<undecided_key*> left;
    for (auto* append : appends) {
        append->leaves_chains = true;
        left.insert(left.end(), append->keys.begin(), append->keys.end());
    }
    std::ranges::sort(left);
    const auto [again, end] = std::ranges::unique(left);
    left.erase(again, end);
    for (auto* key : left) {
        std::erase_if(key->chain, [](const auto& link) { return link.owner->leaves_chains; });
        renumber(*key);
    }
    for (auto* append : appends) {
        append->leaves_chains = false;
        append->keys.clear();
    }
}

void undecided_heads::hold(pending_append& append, bytes_view key) {
    auto* known = find(key);
    BKES_ASSERT(known != nullptr);
    const std::pair place{append.waits_for, append.arrival};
    const bool is_new = place_of(*known, append).emplace(place, &append).second;
    BKES_ASSERT(is_new);
    append.held_on = known;
}

void undecided_heads::unhold(pending_append& append) {
    if (append.held_on == nullptr) return;
    auto& key = *append.held_on;
    place_of(key, append).erase({append.waits_for, append.arrival});
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
    if (!key.held_above.empty() || !key.held.empty() || key.is_dirty) return;
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
    renumber(key);
    return {};
}

/// The append is stored, so it is nearly always the first, and what stands behind it keeps its
/// numbers.
void undecided_heads::remove_link(undecided_key& key, const pending_append& append) {
    const auto at = std::ranges::find(key.chain, &append, &undecided_key::link::owner);
    BKES_ASSERT(at != key.chain.end());
    const bool is_first = at == key.chain.begin();
    key.chain.erase(at);
    if (!is_first) renumber(key);
}

void undecided_heads::renumber(undecided_key& key) {
    auto next = key.committed_next;
    for (auto& link : key.chain) {
        next = next + link.events;
        link.next = next;
    }
}

}  // namespace bkes::sync
