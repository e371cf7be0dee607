#pragma once
// A directory that is there as a whole or not at all. It is filled beside its place, as
// PLACE.unfinished, and gets its name in one step when everything is on the disk. What a crash
// leaves is PLACE.unfinished, which the next one that is made for that place takes away; while
// somebody works on it, others are refused. So such a name is nobody else's: none is made for a
// place that is called so itself.
//
// Errors are sentences for people that don't name the place.

#include <expected>
#include <filesystem>
#include <string>
#include <utility>

namespace bkes::store {

/// Whether it is called as what isn't finished.
[[nodiscard]] bool has_unfinished_name(const std::filesystem::path& place);

class unfinished_directory {
  public:
    /// An empty one. Refused where something stands in its place already that isn't an empty
    /// directory; the directory around has to be there.
    static std::expected<unfinished_directory, std::string> make(
        const std::filesystem::path& place);

    unfinished_directory(unfinished_directory&& other) noexcept
        : place_{std::move(other.place_)},
          path_{std::exchange(other.path_, {})},
          lock_{std::exchange(other.lock_, -1)} {}

    unfinished_directory(const unfinished_directory&) = delete;
    unfinished_directory& operator=(const unfinished_directory&) = delete;
    /// Takes it away, unless it is finished.
    ~unfinished_directory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Brings it to the disk and puts it in its place. On an error it stays unfinished.
    std::expected<void, std::string> finish();

  private:
    explicit unfinished_directory(std::filesystem::path place);

    std::expected<void, std::string> begin();

    std::filesystem::path place_;
    std::filesystem::path path_;  ///< empty: nothing to take away
    int lock_ = -1;               ///< of the directory itself, so it goes with the process
};

}  // namespace bkes::store
