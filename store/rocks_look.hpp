#pragma once
// A look at RocksDB's files that nobody has open to change them. Private to the store.
//
// Errors are sentences for people.

#include "store/event_store.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace bkes::store {

/// How far the partitions are in a database. Opens all of its tables, so one that is missing or too short
/// is found.
std::expected<std::vector<restorable_partition>, std::string> partitions_in(
    const std::filesystem::path& database);

/// Whether the blocks of a table are those that were written, by their checksums. Reads all of it.
std::expected<void, std::string> check_table(const std::filesystem::path& table);

}  // namespace bkes::store
