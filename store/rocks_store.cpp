#include "store/rocks_store.hpp"

#include "store/errors.hpp"

#include <fmt/format.h>

namespace bkes::store {

rocks_store::rocks_store(store_options options, const memory_shares& shares, rocks_setup setup,
                         rocks_database database)
    : options_{std::move(options)},
      setup_{std::move(setup)},
      database_{std::move(database)},
      cached_heads_{shares.head_cache},
      block_cache_bytes_{shares.block_cache} {}

/// RocksDB flushes what it has when it is closed. If that fails, the log is read again from an
/// older position.
rocks_store::~rocks_store() {
    static_cast<void>(settle());
}

/// The text goes to the log, once as long as the same thing goes on failing.
std::error_code rocks_store::failed(std::string_view what, const rocksdb::Status& status) {
    auto text = fmt::format("store failed doing=\"{}\" reason=\"{}\"", what, status.ToString());
    if (status.IsCorruption()) {
        text += fmt::format(
            " directory=\"{}\" check=\"stop bkes, delete this directory and start "
            "again: it is rebuilt from the topic\"",
            options_.directory);
    }
    const std::lock_guard lock{log_mutex_};
    if (text != last_problem_) {
        options_.log_sink(text);
        last_problem_ = std::move(text);
    }
    return status.IsCorruption() ? store_errc::corrupt : store_errc::io_failed;
}

/// Bytes that pass RocksDB's checksum and yet aren't what format.hpp says.
std::error_code rocks_store::violated(std::string_view what) {
    return failed(what, rocksdb::Status::Corruption("the entry is not what bkes writes"));
}

/// Never waits for a flush or compaction: `busy` then.
result<void> rocks_store::write(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    options.no_slowdown = true;
    const auto status = database_->Write(options, &batch);
    if (status.IsIncomplete()) {
        if (!is_stalled_.exchange(true, std::memory_order_relaxed)) {
            stalls_.fetch_add(1, std::memory_order_relaxed);
        }
        return failure{store_errc::busy};
    }
    is_stalled_.store(false, std::memory_order_relaxed);
    if (!status.ok()) {
        return failure{failed("writing", status)};
    }
    return {};
}

/// An empty write that may wait: RocksDB ends it when it takes writes again, or with the reason why
/// it doesn't. REQUIRES: write_mutex_ isn't held.
result<void> rocks_store::wait_until_writable() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    rocksdb::WriteBatch nothing;
    if (const auto status = database_->Write(options, &nothing); !status.ok()) {
        return failure{failed("writing", status)};
    }
    return {};
}

/// While RocksDB waits for room on the disk a flush that is asked for would keep it from ever going on (7.8),
/// so none is.
result<void> rocks_store::prepare_flush() {
    auto settled = settle();
    return settled ? wait_until_writable() : settled;
}

result<void> rocks_store::flush() {
    if (auto ready = prepare_flush(); !ready) {
        return ready;
    }
    if (const auto status = database_->Flush(rocksdb::FlushOptions{}, database_.families());
        !status.ok()) {
        return failure{failed("flush", status)};
    }
    return {};
}

store_figures rocks_store::figures() const {
    const auto property = [this](rocksdb::ColumnFamilyHandle* family, const std::string& name) {
        std::uint64_t value = 0;
        return database_->GetIntProperty(family, name, &value) ? value : 0;
    };
    const auto lent = block_cache_bytes_ - setup_.cache->GetCapacity();  // to seen_keys
    store_figures found{
        .memory_bytes = setup_.cache->GetUsage() + lent + cached_heads_.bytes_used(),
        .stalls = stalls_.load(std::memory_order_relaxed),
        .was_other_format = was_other_format_};
    for (auto* family : database_.families()) {
        found.disk_bytes += property(family, rocksdb::DB::Properties::kLiveSstFilesSize);
    }
    found.keys_estimate = property(database_.heads(), rocksdb::DB::Properties::kEstimateNumKeys);
    found.takes_no_writes =
        property(database_.meta(), rocksdb::DB::Properties::kIsWriteStopped) != 0;
    return found;
}

}  // namespace bkes::store
