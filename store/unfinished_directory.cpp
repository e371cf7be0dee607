#include "store/unfinished_directory.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace bkes::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished_ending = ".unfinished";

std::string newest_problem() {
    return std::generic_category().message(errno);
}

/// -1: it can't be opened. The caller closes it.
int open_folder(const fs::path& path) {
    return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool bring_to_disk(const fs::path& path) {
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) {
        return false;
    }
    const bool is_there = ::fsync(number) == 0;
    const int reason = errno;
    ::close(number);
    errno = reason;
    return is_there;
}

/// The files, then the folders that name them.
std::expected<void, std::string> bring_all_to_disk(const fs::path& folder) {
    std::error_code failed;
    for (auto entry = fs::directory_iterator{folder, failed};
         !failed && entry != fs::directory_iterator{}; entry.increment(failed)) {
        const bool is_folder = entry->is_directory(failed);
        if (failed) {
            break;
        }
        if (is_folder) {
            if (auto done = bring_all_to_disk(entry->path()); !done) {
                return done;
            }
        } else if (!bring_to_disk(entry->path())) {
            return std::unexpected{fmt::format("{} can't be brought to the disk: {}",
                                               entry->path().string(), newest_problem())};
        }
    }
    if (failed) {
        return std::unexpected{failed.message()};
    }
    if (!bring_to_disk(folder)) {
        return std::unexpected{newest_problem()};
    }
    return {};
}

std::expected<void, std::string> check_room(const fs::path& place) {
    std::error_code failed;
    const auto what = fs::status(place, failed);
    if (what.type() == fs::file_type::not_found) {
        return {};
    }
    if (what.type() != fs::file_type::directory) {
        return std::unexpected{failed ? failed.message() : "something else stands there"};
    }
    const bool is_empty = fs::is_empty(place, failed);
    if (failed) {
        return std::unexpected{failed.message()};
    }
    return is_empty ? std::expected<void, std::string>{}
                    : std::unexpected{std::string{"the directory isn't empty"}};
}

}  // namespace

bool has_unfinished_name(const fs::path& place) {
    return place.filename().string().ends_with(unfinished_ending);
}

unfinished_directory::unfinished_directory(fs::path place)
    : place_{std::move(place)}, path_{place_.string().append(unfinished_ending)} {}

unfinished_directory::~unfinished_directory() {
    if (!path_.empty() && lock_ >= 0) {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    if (lock_ >= 0) {
        ::close(lock_);
    }
}

std::expected<unfinished_directory, std::string> unfinished_directory::make(const fs::path& place) {
    // What a link leads to, so that the name beside it is on the same file system.
    std::error_code failed;
    auto real = fs::weakly_canonical(place, failed);
    if (failed) {
        return std::unexpected{failed.message()};
    }
    if (!real.has_filename()) {
        real = real.parent_path();
    }
    if (has_unfinished_name(real)) {
        return std::unexpected{
            fmt::format("names that end in {} are for what isn't whole yet", unfinished_ending)};
    }
    if (auto free = check_room(real); !free) {
        return std::unexpected{std::move(free.error())};
    }
    unfinished_directory made{std::move(real)};
    if (auto begun = made.begin(); !begun) {
        return std::unexpected{std::move(begun.error())};
    }
    return made;
}

/// Locks what a crash left before it is taken away, and what is made before it is filled.
std::expected<void, std::string> unfinished_directory::begin() {
    const auto locked = [this] {
        lock_ = open_folder(path_);
        const bool is_ours = lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
        if (lock_ >= 0 && !is_ours) {
            ::close(std::exchange(lock_, -1));
        }
        return is_ours;
    };
    const auto refused = [this]() -> std::unexpected<std::string> {
        return std::unexpected{fmt::format("somebody else works on {}", path_.string())};
    };
    std::error_code failed;
    if (fs::exists(path_, failed)) {
        if (!locked()) {
            return refused();
        }
        fs::remove_all(path_, failed);
        ::close(std::exchange(lock_, -1));
    }
    if (!fs::create_directory(path_, failed)) {
        return failed ? std::unexpected{fmt::format("{} can't be made: {}", path_.string(),
                                                    failed.message())}
                      : refused();
    }
    return locked() ? std::expected<void, std::string>{} : refused();
}

std::expected<void, std::string> unfinished_directory::finish() {
    if (auto done = bring_all_to_disk(path_); !done) {
        return done;
    }
    if (std::rename(path_.c_str(), place_.c_str()) != 0) {
        return std::unexpected{
            fmt::format("{} can't be renamed: {}", path_.string(), newest_problem())};
    }
    path_.clear();
    if (!bring_to_disk(place_.parent_path())) {
        return std::unexpected{newest_problem()};
    }
    return {};
}

}  // namespace bkes::store
