#include "store/head_cache.hpp"

#include "protocol/core/assert.hpp"

#include <algorithm>

namespace bkes::store {
namespace {

// A place in the index at its usual fill: the slot and a byte of metadata, times 1.5.
constexpr std::size_t index_bytes = 8;

// A string keeps up to 15 bytes in itself; longer ones have a heap block with a header.
constexpr std::size_t block_header_bytes = 16;

std::size_t heap_bytes(const bytes& key) {
    constexpr std::size_t inline_max = 15;
    return key.capacity() <= inline_max ? 0 : key.capacity() + block_header_bytes;
}

}  // namespace

head_cache::head_cache(std::size_t bytes_max)
    : shard_bytes_max_{bytes_max / shard_count}, waiting_bytes_max_{bytes_max / 4 * 3} {}

std::uint64_t head_cache::hash_of(bytes_view head_key) {
    return std::hash<bytes_view>{}(head_key);
}

std::optional<stored_head> head_cache::find(std::uint64_t hash, bytes_view head_key) {
    auto& in = shard_of(hash);
    const std::lock_guard lock{in.mutex};
    const auto found = in.index.find(probe{hash, head_key});
    if (found == in.index.end()) {
        return std::nullopt;
    }
    auto& entry = in.entries[*found];
    entry.used = true;
    return entry.head;
}

void head_cache::put(std::uint64_t hash, bytes_view head_key, const stored_head& head, kind as) {
    auto& in = shard_of(hash);
    const std::lock_guard lock{in.mutex};
    if (const auto found = in.index.find(probe{hash, head_key}); found != in.index.end()) {
        in.entries[*found].used = true;
        set(in, *found, head, as);
        return;
    }
    if (head_key.size() > key_bytes_max) {
        BKES_ASSERT(as == kind::written);
        return;
    }
    make_room(in);
    const auto at = take_slot(in);
    auto& fresh = in.entries[at];
    fresh.hash = hash;
    fresh.head_key = head_key;
    fresh.used = false;
    fresh.occupied = true;
    in.key_bytes += heap_bytes(fresh.head_key);
    in.index.insert(at);
    set(in, at, head, as);
}

void head_cache::set(shard& in, slot at, const stored_head& head, kind as) {
    auto& entry = in.entries[at];
    BKES_ASSERT(as != kind::written || !entry.waiting);
    entry.head = head;
    entry.begins = entry.begins || as == kind::waiting_to_begin;
    if (as != kind::written && !entry.waiting) {
        entry.waiting = true;
        in.waiting.push_back(at);
        waiting_bytes_ += sizeof(struct entry) + index_bytes + heap_bytes(entry.head_key);
    }
}

bool head_cache::has_room_for_waiting(std::size_t count, std::size_t key_bytes) const {
    const auto more = count * (sizeof(entry) + index_bytes + block_header_bytes) + key_bytes;
    return waiting_bytes_ + more <= waiting_bytes_max_;
}

void head_cache::erase(std::uint64_t hash, bytes_view head_key) {
    auto& in = shard_of(hash);
    const std::lock_guard lock{in.mutex};
    if (const auto found = in.index.find(probe{hash, head_key}); found != in.index.end()) {
        release(in, *found);
    }
}

std::vector<head_cache::waiting_head> head_cache::waiting() const {
    std::vector<waiting_head> all;
    for (const auto& in : shards_) {
        const std::lock_guard lock{in.mutex};
        for (const auto at : in.waiting) {
            const auto& entry = in.entries[at];
            all.push_back({entry.head_key, &entry.head, entry.begins});
        }
    }
    std::ranges::sort(all, {}, &waiting_head::head_key);
    return all;
}

void head_cache::mark_all_written() {
    for (auto& in : shards_) {
        const std::lock_guard lock{in.mutex};
        for (const auto at : in.waiting) {
            in.entries[at].waiting = false;
            in.entries[at].begins = false;
        }
        in.waiting.clear();
    }
    waiting_bytes_ = 0;
}

std::size_t head_cache::bytes_used() const {
    std::size_t sum = 0;
    for (const auto& in : shards_) {
        const std::lock_guard lock{in.mutex};
        sum += bytes_of(in);
    }
    return sum;
}

void head_cache::release(shard& in, slot at) {
    auto& gone = in.entries[at];
    BKES_ASSERT(gone.occupied && !gone.waiting);
    in.index.erase(at);
    in.key_bytes -= heap_bytes(gone.head_key);
    gone.head_key = bytes{};
    gone.occupied = false;
    in.free.push_back(at);
}

std::size_t head_cache::bytes_of(const shard& in) {
    return in.entries.capacity() * sizeof(entry) + in.index.size() * index_bytes + in.key_bytes +
           (in.free.capacity() + in.waiting.capacity()) * sizeof(slot);
}

// A vector that grows holds old and new entries for a moment and then room for more than it needs,
// so it grows by an eighth: the limit counts what is reserved. Waiting heads may exceed it a little
// if one shard has more of them than the others.
void head_cache::make_room(shard& in) const {
    constexpr std::size_t spare = sizeof(entry) + key_bytes_max + index_bytes;
    const bool must_grow = in.free.empty() && in.entries.size() == in.entries.capacity();
    const auto grown = in.entries.capacity() / 8 + 16;
    const auto growth_bytes = must_grow ? grown * sizeof(entry) : 0;
    if (bytes_of(in) + growth_bytes + spare <= shard_bytes_max_) {
        if (must_grow) {
            in.entries.reserve(in.entries.capacity() + grown);
        }
        return;
    }
    // Twice around finds whatever can go.
    for (auto left = 2 * in.entries.size();
         left > 0 && (in.free.empty() || bytes_of(in) + spare > shard_bytes_max_); --left) {
        auto& next = in.entries[in.hand];
        if (next.occupied && !next.used && !next.waiting) {
            release(in, static_cast<slot>(in.hand));
        }
        next.used = false;
        in.hand = (in.hand + 1) % in.entries.size();
    }
}

head_cache::slot head_cache::take_slot(shard& in) {
    if (!in.free.empty()) {
        const auto at = in.free.back();
        in.free.pop_back();
        return at;
    }
    in.entries.emplace_back();
    return static_cast<slot>(in.entries.size() - 1);
}

}  // namespace bkes::store
