#include "store/head_cache.hpp"

#include "protocol/core/assert.hpp"

#include <functional>

namespace bkes::store {
namespace {

// Longer keys would push out hundreds of others and cost RocksDB no more than these do.
constexpr std::size_t key_bytes_max = 1024;

// What one entry costs besides its key: slot, and a place in the index at its usual fill.
constexpr std::size_t index_bytes = 24;

// A string keeps up to 15 bytes in itself; longer ones have a heap block with a header.
std::size_t heap_bytes(const bytes& key) {
    constexpr std::size_t inline_max = 15;
    constexpr std::size_t block_header = 16;
    return key.capacity() <= inline_max ? 0 : key.capacity() + block_header;
}

}  // namespace

head_cache::head_cache(std::size_t bytes_max) : shard_bytes_max_{bytes_max / shard_count} {}

std::uint64_t head_cache::hash_of(bytes_view head_key) {
    return std::hash<bytes_view>{}(head_key);
}

head_cache::entry* head_cache::find_entry(shard& in, std::uint64_t hash, bytes_view head_key) {
    const auto found = in.index.find(hash);
    if (found == in.index.end() || in.entries[found->second].head_key != head_key) {
        return nullptr;
    }
    return &in.entries[found->second];
}

std::optional<stored_head> head_cache::find(std::uint64_t hash, bytes_view head_key) {
    auto& in = shard_of(hash);
    const std::lock_guard lock{in.mutex};
    auto* const found = find_entry(in, hash, head_key);
    if (found == nullptr) {
        return std::nullopt;
    }
    found->used = true;
    return found->head;
}

void head_cache::put(std::uint64_t hash, bytes_view head_key, const stored_head& head) {
    auto& in = shard_of(hash);
    const std::lock_guard lock{in.mutex};
    if (auto* const found = find_entry(in, hash, head_key)) {
        found->head = head;
        found->used = true;
        return;
    }
    if (head_key.size() > key_bytes_max || shard_bytes_max_ < 2 * key_bytes_max) {
        return;
    }
    if (const auto other = in.index.find(hash); other != in.index.end()) {
        release(in, other->second);
    }
    make_room(in);
    const auto slot = take_slot(in);
    auto& fresh = in.entries[slot];
    fresh.hash = hash;
    fresh.head_key = head_key;
    fresh.head = head;
    fresh.used = false;
    fresh.occupied = true;
    in.key_bytes += heap_bytes(fresh.head_key);
    in.index.emplace(hash, slot);
}

void head_cache::erase(std::uint64_t hash, bytes_view head_key) {
    auto& in = shard_of(hash);
    const std::lock_guard lock{in.mutex};
    if (const auto* const found = find_entry(in, hash, head_key)) {
        release(in, static_cast<std::uint32_t>(found - in.entries.data()));
    }
}

std::size_t head_cache::bytes_used() const {
    std::size_t sum = 0;
    for (const auto& in : shards_) {
        const std::lock_guard lock{in.mutex};
        sum += bytes_of(in);
    }
    return sum;
}

void head_cache::release(shard& in, std::uint32_t slot) {
    auto& gone = in.entries[slot];
    BKES_ASSERT(gone.occupied);
    in.index.erase(gone.hash);
    in.key_bytes -= heap_bytes(gone.head_key);
    gone.head_key = bytes{};
    gone.occupied = false;
    in.free.push_back(slot);
}

std::size_t head_cache::bytes_of(const shard& in) {
    return in.entries.capacity() * sizeof(entry) + in.index.size() * index_bytes + in.key_bytes +
           in.free.capacity() * sizeof(std::uint32_t);
}

// A vector that grows holds old and new entries for a moment and then room for more than it needs,
// so it grows by an eighth: the limit counts what is reserved.
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
    while (in.index.size() > 0 && (in.free.empty() || bytes_of(in) + spare > shard_bytes_max_)) {
        auto& next = in.entries[in.hand];
        if (next.occupied && !next.used) {
            release(in, static_cast<std::uint32_t>(in.hand));
        }
        next.used = false;
        in.hand = (in.hand + 1) % in.entries.size();
    }
}

std::uint32_t head_cache::take_slot(shard& in) {
    if (!in.free.empty()) {
        const auto slot = in.free.back();
        in.free.pop_back();
        return slot;
    }
    in.entries.emplace_back();
    return static_cast<std::uint32_t>(in.entries.size() - 1);
}

}  // namespace bkes::store
