#include "store/rocks_options.hpp"

#include "store/format.hpp"
#include "store/rocks_slice.hpp"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <cstdarg>

namespace bkes::store {
namespace {

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;

// Of this many entries in a row at most so many are deletes, or the file is rewritten.
constexpr std::size_t deletes_window = 4096;
constexpr std::size_t deletes_max = 2048;

/// The part of a key that `Part` cuts off its front.
template <bytes_view (*Part)(bytes_view)>
class key_part final : public rocksdb::SliceTransform {
  public:
    explicit key_part(const char* name) : name_{name} {}

    [[nodiscard]] const char* Name() const override { return name_; }

    [[nodiscard]] rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
        return slice_of(Part(view_of(key)));
    }

    [[nodiscard]] bool InDomain(const rocksdb::Slice& key) const override {
        return key.size() >= order_bytes;
    }

  private:
    const char* name_;
};

bytes_view all_but_order(bytes_view key) {
    return key.substr(0, key.size() - order_bytes);
}

/// Errors of flush and compaction happen on RocksDB's threads, where no caller sees them.
class error_reporter final : public rocksdb::EventListener {
  public:
    explicit error_reporter(std::function<void(std::string_view)> log_sink)
        : log_sink_{std::move(log_sink)} {}

    void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                           rocksdb::Status* error) override {
        log_sink_(
            fmt::format("store can't write in the background, nothing more is applied until it "
                        "works again reason=\"{}\"",
                        error->ToString()));
    }

    void OnErrorRecoveryCompleted(rocksdb::Status error) override {
        log_sink_(fmt::format("store writes again reason=\"{}\"", error.ToString()));
    }

  private:
    std::function<void(std::string_view)> log_sink_;
};

/// RocksDB's own log file would end the process when the disk is full: after a line that couldn't be written
/// the next one meets an assertion, which Debian's build has. What matters comes by error_reporter and as
/// the status of calls.
class no_log final : public rocksdb::Logger {
  public:
    no_log() : rocksdb::Logger{rocksdb::FATAL_LEVEL} {}

    using rocksdb::Logger::Logv;

    void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// The blocks. Index and filters are cut into partitions and live in the block cache, where only
// those of recently read key ranges stay: that keeps memory at its limit whatever the number of
// keys. They go in with high priority, so a scan of events doesn't push out the filters that answer
// "never seen". Ten bits a key let one of a hundred unknown keys through to the disk.
rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
    table.pin_top_level_index_and_filter = true;
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.metadata_block_size = 4 * KiB;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    // What a flush or compaction collects to build filters counts as well.
    table.cache_usage_options.options_overrides[rocksdb::CacheEntryRole::kFilterConstruction] = {
        .charged = rocksdb::CacheEntryRoleOptions::Decision::kEnabled};
    return table;
}

// Memtables are flushed together (atomic_flush), and the WriteBufferManager decides when: the
// families' own limits only bound what waits while a flush runs. New data stays uncompressed, as it
// is soon rewritten; below that LZ4, which a read hardly notices. Writes are never slowed down,
// only refused when RocksDB can't take more (rocks_store.cpp): a slow write is a thread that
// sleeps, and one that is refused for being too fast makes RocksDB count it as written all the
// same.
rocksdb::ColumnFamilyOptions family_options(const memory_shares& shares) {
    rocksdb::ColumnFamilyOptions family;
    family.write_buffer_size = shares.memtables;
    family.max_write_buffer_number = 3;
    family.arena_block_size = std::clamp(shares.memtables / 64, 16 * KiB, 256 * KiB);
    family.level_compaction_dynamic_level_bytes = true;
    family.compression = rocksdb::kLZ4Compression;
    family.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                    rocksdb::kLZ4Compression};
    family.target_file_size_base = 32 * MiB;
    // Twice as large on each level below, so that a hundred times as many events are in some hundred files.
    family.target_file_size_multiplier = 2;
    family.max_bytes_for_level_base = 128 * MiB;
    family.level0_stop_writes_trigger =
        4 * family.level0_file_num_compaction_trigger * static_cast<int>(fill_merge_factor);
    family.level0_slowdown_writes_trigger = family.level0_stop_writes_trigger;
    family.soft_pending_compaction_bytes_limit = family.hard_pending_compaction_bytes_limit;
    return family;
}

// Read by seek and a run of Next. The filter is on the aggregate (all but the order), so a seek
// skips every file that holds none of it, and looks into the memtable only if its own filter
// agrees. 8 KiB blocks: an aggregate of some tens of events is one or two of them.
rocksdb::ColumnFamilyOptions events_options(const memory_shares& shares,
                                            rocksdb::BlockBasedTableOptions table) {
    auto family = family_options(shares);
    table.block_size = 8 * KiB;
    table.whole_key_filtering = false;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    family.prefix_extractor = std::make_shared<key_part<all_but_order>>("bkes.all_but_order");
    family.memtable_prefix_bloom_size_ratio = 0.02;
    // Who asks for an event has seen its head, so it is there: on the last level, where nine of ten are, a
    // filter would only say so again.
    family.optimize_filters_for_hits = true;
    // `apply` sorts what it writes, so each insert starts where the one before it ended.
    family.memtable_insert_with_hint_prefix_extractor =
        std::make_shared<key_part<partition_part>>("bkes.partition");
    return family;
}

// Read by Get, often for keys that don't exist. Small blocks with a hash index in each.
rocksdb::ColumnFamilyOptions heads_options(const memory_shares& shares,
                                           rocksdb::BlockBasedTableOptions table) {
    auto family = family_options(shares);
    table.block_size = 4 * KiB;
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    family.memtable_whole_key_filtering = true;
    family.memtable_prefix_bloom_size_ratio = 0.02;
    family.memtable_insert_with_hint_prefix_extractor =
        std::make_shared<key_part<topic_part>>("bkes.topic");
    return family;
}

// Written in the order of the log, read from the front of a partition and taken away there: a scan
// must not wade through what was deleted long ago, so files with many deletes are rewritten soon.
// Nobody asks for a single key, so there is no filter.
rocksdb::ColumnFamilyOptions firsts_options(const memory_shares& shares,
                                            rocksdb::BlockBasedTableOptions table) {
    auto family = family_options(shares);
    table.filter_policy = nullptr;
    table.partition_filters = false;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    family.memtable_insert_with_hint_prefix_extractor =
        std::make_shared<key_part<partition_part>>("bkes.partition");
    family.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(deletes_window, deletes_max));
    return family;
}

}  // namespace

// Three sixteenths for the heads of busy keys; another one is left for what RocksDB can't count:
// write buffers of files, table readers, iterators. Two memtable generations fit into half the
// cache, one being written and one being flushed.
memory_shares share_memory(std::size_t memory_bytes) {
    const auto total = std::max(memory_bytes, 8 * MiB);
    memory_shares shares;
    shares.head_cache = total / 16 * 3;
    shares.block_cache = total - shares.head_cache - total / 16;
    shares.memtables = shares.block_cache / 4;
    return shares;
}

rocks_setup make_setup(const memory_shares& shares,
                       const std::function<void(std::string_view)>& log_sink) {
    rocks_setup setup;
    // Not "strict": a strict cache that is full of pinned blocks fails reads. Without it the limit
    // is exceeded by what open iterators pin, a few blocks each, for as long as they live.
    // A shard has 4 MiB or more, so that one large block doesn't upset it.
    const int shard_bits = shares.block_cache >= 64 * MiB ? 4 : 1;
    setup.cache = rocksdb::NewLRUCache(shares.block_cache, shard_bits,
                                       /*strict_capacity_limit=*/false,
                                       /*high_pri_pool_ratio=*/0.8);
    setup.memtables = std::make_shared<rocksdb::WriteBufferManager>(shares.memtables, setup.cache);

    auto& db = setup.db;
    db.create_if_missing = true;
    db.create_missing_column_families = true;
    db.atomic_flush = true;
    db.write_buffer_manager = setup.memtables;
    db.max_background_jobs = 2;
    db.max_open_files = 512;
    db.bytes_per_sync = 1 * MiB;
    db.info_log = std::make_shared<no_log>();
    db.stats_dump_period_sec = 0;
    db.stats_persist_period_sec = 0;
    db.listeners.push_back(std::make_shared<error_reporter>(log_sink));

    const auto table = table_options(setup.cache);
    setup.events = events_options(shares, table);
    setup.heads = heads_options(shares, table);
    setup.firsts = firsts_options(shares, table);
    setup.positions = family_options(shares);
    setup.positions.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    setup.meta = setup.positions;
    return setup;
}

}  // namespace bkes::store
