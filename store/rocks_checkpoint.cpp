// Restore points: made of an open store, and taken back.
//
// RocksDB's own checkpoint flushes all families together and gives the tables that are there then a
// second name. So heads and positions agree in it, and events may be ahead of them, as in the files
// of a store after a crash (rocks_store.hpp). What waits in memory is written before, so that it
// holds all that was applied. Nobody waits for it: `apply` goes on into the next memtable.
//
// Both ways open what they made before it gets its name: who has a restore point can use it, and a
// damaged one is refused before there is a store of it.

#include "store/restore_files.hpp"
#include "store/restore_point.hpp"
#include "store/rocks_look.hpp"
#include "store/rocks_store.hpp"
#include "store/unfinished_directory.hpp"

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <memory>

namespace bkes::store {
namespace {

bool is_within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    std::error_code failed;
    const auto real = std::filesystem::weakly_canonical(inner, failed);
    const auto around = std::filesystem::weakly_canonical(outer, failed);
    return std::mismatch(around.begin(), around.end(), real.begin(), real.end()).first ==
           around.end();
}

rocksdb::Status share_files(rocksdb::DB& database, const std::filesystem::path& with) {
    rocksdb::Checkpoint* raw = nullptr;
    if (auto status = rocksdb::Checkpoint::Create(&database, &raw); !status.ok()) {
        return status;
    }
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint{raw};
    return checkpoint->CreateCheckpoint(with.string());
}

}  // namespace

checkpoint_outcome rocks_store::checkpoint(const std::string& place) {
    const auto begun = std::chrono::steady_clock::now();
    if (is_interrupted_) {
        return std::unexpected{std::string{"the store is being closed"}};
    }
    if (is_within(place, options_.directory)) {
        return std::unexpected{std::string{"it would stand in the store's own directory"}};
    }
    auto made = unfinished_directory::make(place);
    if (!made) {
        return std::unexpected{std::move(made.error())};
    }
    if (auto linked = check_links(options_.directory, made->path()); !linked) {
        return std::unexpected{std::move(linked.error())};
    }
    if (const auto ready = prepare_flush(); !ready) {
        return std::unexpected{ready.error().message()};
    }
    const auto files = made->path() / restore_point_store;
    if (const auto status = share_files(*database_, files); !status.ok()) {
        return std::unexpected{
            fmt::format("the store can't be flushed or linked: {}", status.ToString())};
    }
    auto partitions = partitions_in(files);
    if (!partitions) {
        return std::unexpected{std::move(partitions.error())};
    }
    const auto bytes = bytes_in(files);
    if (!bytes) {
        return std::unexpected{bytes.error()};
    }
    if (auto written = write_facts(made->path(), {.format_version = std::to_string(format_version),
                                                  .cluster_id = options_.cluster_id});
        !written) {
        return std::unexpected{std::move(written.error())};
    }
    if (auto finished = made->finish(); !finished) {
        return std::unexpected{std::move(finished.error())};
    }
    return checkpoint_report{.bytes = *bytes,
                             .took = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::steady_clock::now() - begun),
                             .partitions = std::move(*partitions)};
}

bool holds_store(const std::string& directory) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::path{directory} / "CURRENT", ignored);
}

std::expected<restore_report, std::string> restore(const std::string& from,
                                                   const store_options& into) {
    const auto facts = read_facts(from);
    if (!facts) {
        return std::unexpected{facts.error()};
    }
    if (auto fits = check_facts(*facts, into); !fits) {
        return std::unexpected{std::move(fits.error())};
    }
    auto made = begin_store(into);
    if (!made) {
        return std::unexpected{std::move(made.error())};
    }
    const auto moved = take_files(std::filesystem::path{from} / restore_point_store, made->path());
    if (!moved) {
        return std::unexpected{moved.error()};
    }
    auto partitions = partitions_in(made->path());
    if (!partitions) {
        return std::unexpected{std::move(partitions.error())};
    }
    if (auto finished = made->finish(); !finished) {
        return std::unexpected{
            fmt::format("{} can't be filled: {}", into.directory, finished.error())};
    }
    return restore_report{.linked_bytes = moved->linked,
                          .copied_bytes = moved->copied,
                          .partitions = std::move(*partitions)};
}

}  // namespace bkes::store
