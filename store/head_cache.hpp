#pragma once
// The heads of the aggregates that were appended to most recently, within a byte limit, so that
// neither judging nor applying an event of a busy key asks RocksDB. Only keys that live in one
// partition are kept; split keys are rare and always read from RocksDB.
//
// This is also where changed heads wait to be written: a `waiting` entry is newer than what RocksDB
// has and is never pushed out (rocks_apply.cpp says why that is safe).
//
// Thread-safe: 16 shards with a lock each, held for one look-up. Only the thread that holds the
// store's write lock may change anything (after the write reached RocksDB): a reader that filled
// the cache could overwrite a newer head.

#include "protocol/core/bytes.hpp"
#include "store/stored_head.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace bkes::store {

class head_cache {
  public:
    enum class kind {
        written,
        waiting,
        waiting_to_begin,  ///< RocksDB has no event of it: its entry in `firsts` waits as well
    };

    struct waiting_head {
        bytes_view head_key;
        const stored_head* head;
        bool begins;
    };

    explicit head_cache(std::size_t bytes_max);

    /// Of an encoded heads key (format.hpp); the calls below take it, so that it is computed once.
    [[nodiscard]] static std::uint64_t hash_of(bytes_view head_key);

    /// Longer keys would push out hundreds of others, and are not kept: `put` ignores them.
    static constexpr std::size_t key_bytes_max = 1024;

    [[nodiscard]] std::optional<stored_head> find(std::uint64_t hash, bytes_view head_key);
    void put(std::uint64_t hash, bytes_view head_key, const stored_head& head, kind as);
    void erase(std::uint64_t hash, bytes_view head_key);

    /// All waiting heads in byte order of their keys. Valid until the next change.
    [[nodiscard]] std::vector<waiting_head> waiting() const;
    void mark_all_written();

    /// Whether so many more waiting heads leave a quarter of the cache to the others.
    [[nodiscard]] bool has_room_for_waiting(std::size_t count, std::size_t key_bytes) const;

    [[nodiscard]] std::size_t bytes_used() const;

  private:
    struct entry {
        std::uint64_t hash = 0;
        bytes head_key;
        stored_head head;
        bool used = false;  ///< second chance (clock): spares the entry once
        bool occupied = false;
        bool waiting = false;
        bool begins = false;  ///< put as waiting_to_begin, and maybe grown since
    };

    using slot = std::uint32_t;

    struct probe {
        std::uint64_t hash;
        bytes_view head_key;
    };

    // The index holds slots and finds them by what stands in them.
    struct slot_hash {
        using is_transparent = void;
        const std::vector<entry>* entries;

        std::size_t operator()(slot at) const { return (*entries)[at].hash; }

        std::size_t operator()(const probe& wanted) const { return wanted.hash; }
    };

    struct slot_equal {
        using is_transparent = void;
        const std::vector<entry>* entries;

        bool operator()(slot a, slot b) const { return a == b; }

        bool operator()(const probe& wanted, slot at) const {
            const auto& found = (*entries)[at];
            return found.hash == wanted.hash && found.head_key == wanted.head_key;
        }

        bool operator()(slot at, const probe& wanted) const { return (*this)(wanted, at); }
    };

    struct shard {
        shard() : index{0, slot_hash{&entries}, slot_equal{&entries}} {}

        mutable std::mutex mutex;
        std::vector<entry> entries;
        boost::unordered_flat_set<slot, slot_hash, slot_equal> index;
        std::vector<slot> free;
        std::vector<slot> waiting;
        std::size_t hand = 0;
        std::size_t key_bytes = 0;  ///< of keys that don't fit into a string itself
    };

    static constexpr std::size_t shard_count = 16;

    shard& shard_of(std::uint64_t hash) { return shards_[hash >> 60U]; }

    void set(shard& in, slot at, const stored_head& head, kind as);
    static void release(shard& in, slot at);
    static std::size_t bytes_of(const shard& in);
    void make_room(shard& in) const;
    static slot take_slot(shard& in);

    std::size_t shard_bytes_max_;
    std::size_t waiting_bytes_ = 0;
    std::size_t waiting_bytes_max_;
    std::array<shard, shard_count> shards_;
};

}  // namespace bkes::store
