#pragma once
// The files of a restore point (restore_point.hpp). Private to the store.

#include "store/restore_point.hpp"
#include "store/unfinished_directory.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

namespace bkes::store {

inline constexpr const char* restore_point_store = "store";

std::expected<void, std::string> write_facts(const std::filesystem::path& restore_point,
                                             const restore_point_facts& facts);

/// Refused if the directory is no restore point.
std::expected<restore_point_facts, std::string> read_facts(
    const std::filesystem::path& restore_point);

/// Whether a store of the format and the cluster of `into` can be made of it.
std::expected<void, std::string> check_facts(const restore_point_facts& facts,
                                             const store_options& into);

/// The directory of a store that isn't there yet.
std::expected<unfinished_directory, std::string> begin_store(const store_options& into);

struct moved_bytes {
    std::uint64_t linked = 0;
    std::uint64_t copied = 0;
};

/// RocksDB's files of one directory into an empty one: tables by hard links where that is possible,
/// everything else as a copy.
std::expected<moved_bytes, std::string> take_files(const std::filesystem::path& from,
                                                   const std::filesystem::path& into);

/// Whether files of one directory can have a second name in the other; else why not.
std::expected<void, std::string> check_links(const std::filesystem::path& from,
                                             const std::filesystem::path& into);

/// Of all files in it.
std::expected<std::uint64_t, std::string> bytes_in(const std::filesystem::path& directory);

}  // namespace bkes::store
