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
#include "store/rocks_store.hpp"
#include "store/unfinished_directory.hpp"

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <memory>

namespace bkes::store {
namespace {

std::unexpected<std::string> rocks_problem(std::string_view what, const rocksdb::Status& status) {
    return std::unexpected{fmt::format("{}: {}", what, status.ToString())};
}

/// How far the partitions are in a database that nobody changes.
std::expected<std::vector<restorable_partition>, std::string> look_at(
    const std::filesystem::path& directory) {
    const auto setup = make_setup(share_memory(0), [](std::string_view) {});
    rocks_database database;
    if (const auto status = database.open_to_look(setup, directory.string()); !status.ok()) {
        return rocks_problem("its files are damaged", status);
    }
    std::vector<restorable_partition> found;
    const std::unique_ptr<rocksdb::Iterator> it{
        database->NewIterator(rocksdb::ReadOptions{}, database.positions())};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto where = decode_position_key(view_of(it->key()));
        const auto stored = decode_position(view_of(it->value()));
        if (!where || !stored) {
            return std::unexpected{std::string{"its files are damaged: a position can't be read"}};
        }
        if (stored->state != partition_state::dropping) {
            found.push_back({bytes{where->topic}, where->partition, stored->position});
        }
    }
    if (!it->status().ok()) {
        return rocks_problem("its files are damaged", it->status());
    }
    return found;
}

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
        return rocks_problem("the store can't be flushed or linked", status);
    }
    auto partitions = look_at(files);
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
    if (facts->cluster_id != into.cluster_id) {
        return std::unexpected{fmt::format("it is of the Kafka cluster {}, and this one is {}",
                                           facts->cluster_id, into.cluster_id)};
    }
    if (facts->format_version != std::to_string(format_version)) {
        return std::unexpected{fmt::format("it has the store's format {}, and this bkes has {}",
                                           facts->format_version, format_version)};
    }
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path{into.directory}.parent_path(),
                                        ignored);
    auto made = unfinished_directory::make(into.directory);
    if (!made) {
        return std::unexpected{fmt::format("{} can't be filled: {}", into.directory, made.error())};
    }
    const auto moved = take_files(std::filesystem::path{from} / restore_point_store, made->path());
    if (!moved) {
        return std::unexpected{moved.error()};
    }
    auto partitions = look_at(made->path());
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
