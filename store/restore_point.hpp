#pragma once
// A restore point: a directory with a copy of the store at one moment, from which another instance
// begins. `event_store::checkpoint` makes one, `restore` fills a store from it.
//
//   DIR/RESTORE_POINT   what it is, in lines `name=value`; written last
//   DIR/store/          RocksDB's files: tables are hard links to those of the store that it was
//                       made of, as they never change; all else is a copy
//
// It belongs to who made it: bkes never changes it, and it may be moved, copied and deleted. Both
// are made as `unfinished_directory`, so a half-made one is never taken for one.

#include "protocol/core/bytes.hpp"
#include "store/event_store.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace bkes::store {

/// What stands in RESTORE_POINT. Of the format that made it, so that another version can tell without
/// opening the database.
struct restore_point_facts {
    std::string format_version;
    std::string cluster_id;
};

struct restore_point_file {
    std::string name;
    std::uint64_t size = 0;  ///< bytes
};

/// What it takes to have the same elsewhere (received_store.hpp).
struct restore_point_contents {
    restore_point_facts facts;
    std::vector<restore_point_file> files;  ///< of the store in it
};

/// Refused, with a sentence that doesn't name it, if the directory is no restore point.
std::expected<restore_point_contents, std::string> contents_of(const std::string& restore_point);

/// Bytes of one of its files, from `position` on: `most` of them, or up to its end. Reads the disk. Any
/// thread.
std::expected<bytes, std::string> read_piece(const std::string& restore_point,
                                             const restore_point_file& file, std::uint64_t position,
                                             std::size_t most);

/// Whether there is a store in this directory, in whatever state.
[[nodiscard]] bool holds_store(const std::string& directory);

struct restore_report {
    std::uint64_t linked_bytes = 0;
    std::uint64_t copied_bytes = 0;
    std::vector<restorable_partition> partitions;
};

/// Fills the directory of `into`, which holds no store yet, from the restore point `from`: by hard
/// links where that is possible, else by copies. `event_store::open` follows. Refused with a
/// sentence for people, which doesn't name `from`, if that is no restore point, or a damaged one,
/// of another cluster or of another format; then nothing was changed.
std::expected<restore_report, std::string> restore(const std::string& from,
                                                   const store_options& into);

}  // namespace bkes::store
