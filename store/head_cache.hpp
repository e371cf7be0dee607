#pragma once
// The heads of the aggregates that were appended to most recently, within a byte limit, so that
// neither judging nor applying an event of a busy key asks RocksDB. Only keys that live in one
// partition are kept; split keys are rare and always read from RocksDB.
//
// Thread-safe: 16 shards with a lock each, held for one look-up. Only the thread that holds the
// store's write lock may `put` (after the write reached RocksDB): a reader that filled the cache
// could overwrite a newer head.

#include "protocol/core/bytes.hpp"
#include "store/stored_head.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace bkes::store {

class head_cache {
  public:
    explicit head_cache(std::size_t bytes_max);

    /// Of an encoded heads key (format.hpp); every call below takes it, so that it is computed
    /// once.
    [[nodiscard]] static std::uint64_t hash_of(bytes_view head_key);

    [[nodiscard]] std::optional<stored_head> find(std::uint64_t hash, bytes_view head_key);
    void put(std::uint64_t hash, bytes_view head_key, const stored_head& head);
    void erase(std::uint64_t hash, bytes_view head_key);

    [[nodiscard]] std::size_t bytes_used() const;

  private:
    // Second chance (clock): `used` spares an entry once.
    struct entry {
        std::uint64_t hash = 0;
        bytes head_key;
        stored_head head;
        bool used = false;
        bool occupied = false;
    };

    struct shard {
        mutable std::mutex mutex;
        // By hash alone: of two keys with one hash, the newer replaces the older.
        boost::unordered_flat_map<std::uint64_t, std::uint32_t> index;
        std::vector<entry> entries;
        std::vector<std::uint32_t> free;
        std::size_t hand = 0;
        std::size_t key_bytes = 0;  ///< of keys that don't fit into a string itself
    };

    static constexpr std::size_t shard_count = 16;

    shard& shard_of(std::uint64_t hash) { return shards_[hash >> 60U]; }

    static entry* find_entry(shard& in, std::uint64_t hash, bytes_view head_key);
    static void release(shard& in, std::uint32_t slot);
    static std::size_t bytes_of(const shard& in);
    void make_room(shard& in) const;
    static std::uint32_t take_slot(shard& in);

    std::size_t shard_bytes_max_;
    std::array<shard, shard_count> shards_;
};

}  // namespace bkes::store
