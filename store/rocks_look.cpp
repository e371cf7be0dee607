#include "store/rocks_look.hpp"

#include "store/rocks_store.hpp"

#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>

#include <memory>

namespace bkes::store {
namespace {

rocks_setup setup_to_look() {
    return make_setup(share_memory(0), [](std::string_view) {});
}

std::unexpected<std::string> damaged(std::string_view how) {
    return std::unexpected{fmt::format("its files are damaged: {}", how)};
}

}  // namespace

std::expected<std::vector<restorable_partition>, std::string> partitions_in(
    const std::filesystem::path& database) {
    const auto setup = setup_to_look();
    rocks_database opened;
    if (const auto status = opened.open_to_look(setup, database.string()); !status.ok()) {
        return damaged(status.ToString());
    }
    std::vector<restorable_partition> found;
    const std::unique_ptr<rocksdb::Iterator> it{
        opened->NewIterator(rocksdb::ReadOptions{}, opened.positions())};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto where = decode_position_key(view_of(it->key()));
        const auto stored = decode_position(view_of(it->value()));
        if (!where || !stored) {
            return damaged("a position can't be read");
        }
        if (stored->state != partition_state::dropping) {
            found.push_back({bytes{where->topic}, where->partition, stored->position});
        }
    }
    if (!it->status().ok()) {
        return damaged(it->status().ToString());
    }
    return found;
}

std::expected<void, std::string> check_table(const std::filesystem::path& table) {
    const auto setup = setup_to_look();
    rocksdb::SstFileReader reader{rocksdb::Options{setup.db, setup.meta}};
    auto status = reader.Open(table.string());
    if (status.ok()) {
        status = reader.VerifyChecksum();
    }
    if (!status.ok()) {
        return damaged(status.ToString());
    }
    return {};
}

}  // namespace bkes::store
