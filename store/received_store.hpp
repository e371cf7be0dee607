#pragma once
// A store that comes from elsewhere, piece by piece: the files of a restore point, in the order of their list
// and each from its beginning.
//
//   auto arriving = received_store::begin(contents, into);
//   while (const auto next = arriving->next()) {
//       ... arriving->write(*next's bytes)
//   }
//   arriving->finish();   // event_store::open follows
//
// It is there as a whole or not at all (unfinished_directory.hpp): what isn't finished goes with the object.
// Each table is read back when it is whole, and its blocks are compared with the checksums that they were
// written with over there, so damage on the way or on either disk is found.
//
// Errors are sentences for people. One thread. Sizes and names are claims of a peer.

#include "protocol/core/bytes.hpp"
#include "store/restore_point.hpp"
#include "store/unfinished_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bkes::store {

class received_store {
  public:
    /// Refused if `into` can't be filled by them: another cluster, another format, a store that is there
    /// already, names that aren't a store's.
    static std::expected<received_store, std::string> begin(restore_point_contents contents,
                                                            const store_options& into);

    received_store(received_store&& other) noexcept
        : directory_{std::move(other.directory_)},
          files_{std::move(other.files_)},
          file_{other.file_},
          position_{other.position_},
          descriptor_{std::exchange(other.descriptor_, -1)} {}

    received_store(const received_store&) = delete;
    received_store& operator=(const received_store&) = delete;
    ~received_store();

    struct place {
        std::size_t file = 0;  ///< in the list
        std::uint64_t position = 0;
    };

    /// What is to be written next; empty: all is there.
    [[nodiscard]] std::optional<place> next() const;

    /// At that place, at least a byte and not beyond the end of its file.
    std::expected<void, std::string> write(bytes_view piece);

    [[nodiscard]] std::uint64_t bytes_written() const;
    [[nodiscard]] std::uint64_t bytes_in_all() const;

    /// All is there: puts the store in its place. `copied_bytes` are all of them.
    std::expected<restore_report, std::string> finish();

  private:
    received_store(unfinished_directory directory, std::vector<restore_point_file> files)
        : directory_{std::move(directory)}, files_{std::move(files)} {}

    std::expected<void, std::string> begin_files();
    std::expected<void, std::string> end_file();

    unfinished_directory directory_;
    std::vector<restore_point_file> files_;
    std::size_t file_ = 0;
    std::uint64_t position_ = 0;
    int descriptor_ = -1;  ///< of the file that is written
};

}  // namespace bkes::store
