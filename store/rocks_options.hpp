#pragma once
// How RocksDB is set up. Private to the store: included by rocks_*.cpp only.

#include "store/event_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace bkes::store {

/// What the parts of the store may hold; together at most `store_options.memory_bytes`.
struct memory_shares {
    std::size_t head_cache = 0;
    std::size_t block_cache = 0;  ///< blocks, index, filters, and the memtables charged to it
    std::size_t memtables = 0;    ///< part of block_cache
};

/// While filling, so many times as many files and bytes gather before they are merged.
inline constexpr std::size_t fill_merge_factor = 8;

[[nodiscard]] memory_shares share_memory(std::size_t memory_bytes);

struct rocks_setup {
    std::shared_ptr<rocksdb::Cache> cache;
    std::shared_ptr<rocksdb::WriteBufferManager> memtables;
    rocksdb::DBOptions db;
    rocksdb::ColumnFamilyOptions meta;
    rocksdb::ColumnFamilyOptions events;
    rocksdb::ColumnFamilyOptions heads;
    rocksdb::ColumnFamilyOptions firsts;
    rocksdb::ColumnFamilyOptions positions;
};

/// `log_sink` is called from RocksDB's threads when it meets an error there or recovers from one.
[[nodiscard]] rocks_setup make_setup(const memory_shares& shares,
                                     const std::function<void(std::string_view)>& log_sink);

}  // namespace bkes::store
