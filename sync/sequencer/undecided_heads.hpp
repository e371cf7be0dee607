#pragma once
// The heads of keys as they will be if all accepted appends succeed: for each key with something
// accepted but not yet stored, the store's next order and the chain of those appends. Also who is
// held for a key, and the claims on new keys. Memory is bounded by what is undecided.
//
//   committed_next = 5   chain: [append a: 2 events, next 7] [append b: 1 event, next 8]
//                        held: [append c: order 6, a conflict if a succeeds]

#include "sync/sequencer/judgement.hpp"
#include "sync/sequencer/pending_append.hpp"
#include "sync/sequencer/sources.hpp"

#include <deque>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bkes::sync {

struct undecided_key {
    struct link {
        pending_append* owner = nullptr;
        std::int64_t events = 0;
        event_order next;  ///< after its events
    };

    bytes key;
    std::optional<partition_id> lives_elsewhere;
    event_order committed_next;  ///< of the store, carried on with each stored append
    bool is_stale = false;       ///< the store's head has to be read again
    bool is_claimed = false;
    bool is_dirty = false;  ///< noted in a `disturbance`
    std::deque<link> chain;

    using waiting = std::map<std::pair<event_order, std::uint64_t>, pending_append*>;
    waiting held_above;  ///< by the undecided next order that they need, and arrival
    waiting held;        ///< the others, by the committed next order that may decide them

    [[nodiscard]] event_order undecided_next() const {
        return chain.empty() ? committed_next : chain.back().next;
    }
};

class undecided_heads final : public judged_heads {
  public:
    undecided_heads(partition_id partition, head_source& source, key_claims& claims)
        : partition_{partition}, source_{source}, claims_{claims} {}

    result<key_standing> look(bytes_view key) override;
    result<standing_event> event_at(bytes_view key, event_order order) override;

    enum class entry : std::uint8_t {
        accepted,
        claimed_elsewhere,  ///< a new key may be about to get another home: `contested`
        head_moved,         ///< a new key got its first event meanwhile: judge again
    };

    struct entry_result {
        entry what = entry::accepted;
        bytes_view contested;
    };

    /// Makes an append with verdict `accept` the last link of all its keys' chains. If it isn't
    /// accepted in the end, nothing has changed.
    result<entry_result> enter(pending_append& append, const std::vector<key_count>& counts);

    /// Takes appends that will not be written out of the chains; these are renumbered, but what
    /// was judged on it is not looked for here.
    void leave(std::span<pending_append* const> appends);

    /// The append's events are in the store. Calls `wake` for those held for its keys that may be
    /// decided now.
    template <class Wake>
    void store(pending_append& append, Wake&& wake);

    /// Makes `append` wait for a change of this key.
    void hold(pending_append& append, bytes_view key);
    void unhold(pending_append& append);

    /// Calls `wake` for the held ones that the key's next order has just reached, or passed.
    template <class Wake>
    void wake_fitting(undecided_key& key, Wake&& wake);

    template <class Wake>
    void wake_all(undecided_key& key, Wake&& wake);

    [[nodiscard]] undecided_key* find(bytes_view key);

    /// Has all heads read again; `each` is called for every key.
    template <class Each>
    void all_stale(Each&& each);

    /// Forgets the key if nothing is undecided or held for it, and gives its claim back.
    void drop_if_unused(undecided_key& key);
    /// The same for keys that were only looked at.
    void drop_looked_at();

    [[nodiscard]] std::size_t size() const { return keys_.size(); }

  private:
    struct key_hash : std::hash<bytes_view> {
        using is_transparent = void;
    };

    result<undecided_key*> open(bytes_view key);
    result<void> read_head(undecided_key& key);
    void release_claim(undecided_key& key);
    static void remove_link(undecided_key& key, const pending_append& append);
    static void renumber(undecided_key& key);

    static undecided_key::waiting& place_of(undecided_key& key, const pending_append& append) {
        return append.held_for == hold_reason::order_above ? key.held_above : key.held;
    }

    template <class Wake>
    static void wake_up_to(undecided_key::waiting& held, event_order reached, Wake&& wake);

    partition_id partition_;
    head_source& source_;
    key_claims& claims_;
    std::unordered_map<bytes, undecided_key, key_hash, std::equal_to<>> keys_;
    std::vector<undecided_key*> looked_at_;  ///< opened since the last drop_looked_at
};

template <class Wake>
void undecided_heads::store(pending_append& append, Wake&& wake) {
    for (undecided_key* key : append.keys) {
        for (const auto& link : key->chain) {
            if (link.owner == &append) key->committed_next = key->committed_next + link.events;
            if (link.owner == &append) break;
        }
        remove_link(*key, append);
        release_claim(*key);  // from now on the store says where it lives
        if (key->chain.empty())
            wake_all(*key, wake);
        else
            wake_up_to(key->held, key->committed_next, wake);
        drop_if_unused(*key);
    }
    append.keys.clear();
}

template <class Wake>
void undecided_heads::wake_up_to(undecided_key::waiting& held, event_order reached, Wake&& wake) {
    while (!held.empty() && held.begin()->first.first <= reached) {
        auto& append = *held.begin()->second;
        held.erase(held.begin());
        append.held_on = nullptr;
        wake(append);
    }
}

template <class Wake>
void undecided_heads::wake_fitting(undecided_key& key, Wake&& wake) {
    wake_up_to(key.held_above, key.undecided_next(), wake);
}

template <class Wake>
void undecided_heads::wake_all(undecided_key& key, Wake&& wake) {
    for (auto* held : {&key.held_above, &key.held}) {
        wake_up_to(*held, event_order{std::numeric_limits<std::int64_t>::max()}, wake);
    }
}

template <class Each>
void undecided_heads::all_stale(Each&& each) {
    for (auto& [name, key] : keys_) {
        key.is_stale = true;
        each(key);
    }
}

}  // namespace bkes::sync
