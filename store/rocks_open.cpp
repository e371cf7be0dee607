// event_store::open: takes the directory's lock, then looks at what it holds.

#include "store/errors.hpp"
#include "store/rocks_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bkes::store {
namespace {

using log_function = std::function<void(std::string_view)>;

std::error_code open_error(const rocksdb::Status& status, const store_options& options) {
    const auto text = status.ToString();
    const auto& directory = options.directory;
    // RocksDB has no code of its own for a lock that is taken (env/fs_posix.cc, LockFile).
    if (status.IsIOError() && (text.find("While lock file") != std::string::npos ||
                               text.find("lock hold by current process") != std::string::npos)) {
        options.log_sink(
            fmt::format("store is in use by another process directory=\"{}\"", directory));
        return store_errc::in_use;
    }
    if (status.IsCorruption() || status.IsPathNotFound() || status.IsInvalidArgument()) {
        options.log_sink(
            fmt::format("store is damaged directory=\"{}\" reason=\"{}\" check=\"delete this "
                        "directory and start again: it is rebuilt from the topic, nothing is "
                        "lost\"",
                        directory, text));
        return store_errc::corrupt;
    }
    options.log_sink(
        fmt::format("store can't be opened directory=\"{}\" reason=\"{}\"", directory, text));
    return store_errc::io_failed;
}

/// Whether there is an event or a position, in whatever version.
bool holds_data(const rocks_database& database) {
    return std::ranges::any_of(database.families(), [&](rocksdb::ColumnFamilyHandle* family) {
        const std::unique_ptr<rocksdb::Iterator> it{
            database->NewIterator(rocksdb::ReadOptions{}, family)};
        it->SeekToFirst();
        return it->Valid();
    });
}

rocksdb::Status write_meta(const rocks_database& database, const std::string& cluster_id) {
    rocksdb::WriteBatch batch;
    batch.Put(database.meta(), format_version_key, std::to_string(format_version));
    batch.Put(database.meta(), cluster_id_key, cluster_id);
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    if (auto status = database->Write(options, &batch); !status.ok()) {
        return status;
    }
    return database->Flush(rocksdb::FlushOptions{}, database.families());
}

std::vector<rocksdb::ColumnFamilyDescriptor> families_in(const rocks_setup& setup,
                                                         const std::string& directory) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families{
        {rocksdb::kDefaultColumnFamilyName, setup.meta},
        {events_family, setup.events},
        {heads_family, setup.heads},
        {firsts_family, setup.firsts},
        {positions_family, setup.positions}};
    // A family that another version had must be opened too, or RocksDB refuses. A directory without
    // a database has none: then the list fails, and Open says what is wrong, if anything.
    std::vector<std::string> present;
    rocksdb::DB::ListColumnFamilies(setup.db, directory, &present).PermitUncheckedError();
    for (const auto& name : present) {
        if (std::ranges::find(families, name, &rocksdb::ColumnFamilyDescriptor::name) ==
            families.end()) {
            families.emplace_back(name, setup.meta);
        }
    }
    return families;
}

enum class contents { ours, fresh, other_format };

result<contents> examine(const rocks_database& database, const store_options& options) {
    std::string version;
    std::string cluster;
    const rocksdb::ReadOptions read;
    for (const auto& [key, value] :
         {std::pair{format_version_key, &version}, std::pair{cluster_id_key, &cluster}}) {
        const auto status = database->Get(read, database.meta(), key, value);
        if (!status.ok() && !status.IsNotFound()) {
            return failure{open_error(status, options)};
        }
    }
    if (version.empty()) {
        if (!holds_data(database)) {
            return contents::fresh;
        }
        options.log_sink(
            fmt::format("directory holds a RocksDB database that isn't bkes' directory=\"{}\" "
                        "check=\"set data.dir to another directory\"",
                        options.directory));
        return failure{store_errc::corrupt};
    }
    if (cluster != options.cluster_id) {
        options.log_sink(
            fmt::format("store belongs to another Kafka cluster directory=\"{}\" cluster={} "
                        "this_cluster={} check=\"set data.dir to another directory, or delete "
                        "this one\"",
                        options.directory, cluster, options.cluster_id));
        return failure{store_errc::other_cluster};
    }
    if (version != std::to_string(format_version)) {
        options.log_sink(
            fmt::format("store has another format, it is emptied and built again directory=\"{}\" "
                        "format={} own_format={}",
                        options.directory, version, format_version));
        return contents::other_format;
    }
    return contents::ours;
}

result<rocks_database> open_database(const rocks_setup& setup, const store_options& options) {
    rocks_database database;
    if (const auto status = database.open(setup, options.directory); !status.ok()) {
        return failure{open_error(status, options)};
    }
    return database;
}

struct opened_database {
    rocks_database database;
    bool was_other_format = false;
};

/// The database with this format's meta entries in it.
result<opened_database> open_ours(const rocks_setup& setup, const store_options& options) {
    auto database = open_database(setup, options);
    if (!database) {
        return failure{database.error()};
    }
    const auto found = examine(*database, options);
    if (!found) {
        return failure{found.error()};
    }
    const bool was_other_format = *found == contents::other_format;
    if (was_other_format) {
        // Closed first: DestroyDB takes the lock itself.
        {
            const auto closed = std::move(*database);
        }
        if (const auto status = rocksdb::DestroyDB(options.directory, rocksdb::Options{});
            !status.ok()) {
            return failure{open_error(status, options)};
        }
        database = open_database(setup, options);
        if (!database) {
            return failure{database.error()};
        }
    }
    if (*found != contents::ours) {
        if (const auto status = write_meta(*database, options.cluster_id); !status.ok()) {
            return failure{open_error(status, options)};
        }
    }
    return opened_database{std::move(*database), was_other_format};
}

}  // namespace

rocks_database::rocks_database(rocks_database&& other) noexcept
    : db_{std::move(other.db_)}, families_{std::exchange(other.families_, {})} {}

rocks_database& rocks_database::operator=(rocks_database&& other) noexcept {
    std::swap(db_, other.db_);
    std::swap(families_, other.families_);
    return *this;
}

rocks_database::~rocks_database() {
    for (auto* family : families_) {
        db_->DestroyColumnFamilyHandle(family);
    }
}

rocksdb::Status rocks_database::open(const rocks_setup& setup, const std::string& directory) {
    rocksdb::DB* opened = nullptr;
    auto status =
        rocksdb::DB::Open(setup.db, directory, families_in(setup, directory), &families_, &opened);
    db_.reset(opened);
    return status;
}

rocksdb::Status rocks_database::open_to_look(const rocks_setup& setup,
                                             const std::string& directory) {
    auto options = setup.db;
    options.create_if_missing = false;
    options.create_missing_column_families = false;
    rocksdb::DB* opened = nullptr;
    auto status = rocksdb::DB::OpenForReadOnly(options, directory, families_in(setup, directory),
                                               &families_, &opened);
    db_.reset(opened);
    return status;
}

result<std::unique_ptr<event_store>> event_store::open(store_options options) {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (error) {
        options.log_sink(fmt::format("store can't be created directory=\"{}\" reason=\"{}\"",
                                     options.directory, error.message()));
        return failure{store_errc::io_failed};
    }
    const auto shares = share_memory(options.memory_bytes);
    auto setup = make_setup(shares, options.log_sink);
    auto database = open_ours(setup, options);
    if (!database) {
        return failure{database.error()};
    }
    auto opened = std::make_unique<rocks_store>(std::move(options), shares, std::move(setup),
                                                std::move(database->database));
    opened->was_other_format_ = database->was_other_format;
    if (const auto recovered = opened->recover(); !recovered) {
        return failure{recovered.error()};
    }
    return opened;
}

}  // namespace bkes::store
