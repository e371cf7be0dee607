#include "store/received_store.hpp"

#include "store/restore_files.hpp"
#include "store/rocks_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <numeric>
#include <span>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace bkes::store {
namespace {

constexpr std::size_t file_name_max = 255;

/// As RocksDB names its files: nothing that leads out of the directory.
bool is_file_of_a_store(std::string_view name) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !name.empty() && name.size() <= file_name_max && !name.starts_with('.') &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

std::uint64_t sum_of(std::span<const restore_point_file> files) {
    return std::accumulate(
        files.begin(), files.end(), std::uint64_t{0},
        [](std::uint64_t sum, const restore_point_file& one) { return sum + one.size; });
}

std::expected<void, std::string> check_files(const std::vector<restore_point_file>& files) {
    std::uint64_t room = std::numeric_limits<std::int64_t>::max();
    for (const auto& one : files) {
        if (!is_file_of_a_store(one.name) || one.size > room) {
            return std::unexpected{std::string{"it names files that no store has"}};
        }
        room -= one.size;
    }
    return {};
}

std::unexpected<std::string> write_problem(const restore_point_file& file) {
    return std::unexpected{
        fmt::format("{} can't be written: {}", file.name, std::generic_category().message(errno))};
}

}  // namespace

std::expected<received_store, std::string> received_store::begin(restore_point_contents contents,
                                                                 const store_options& into) {
    if (auto fits = check_facts(contents.facts, into); !fits) {
        return std::unexpected{std::move(fits.error())};
    }
    if (auto sound = check_files(contents.files); !sound) {
        return std::unexpected{std::move(sound.error())};
    }
    auto directory = begin_store(into);
    if (!directory) {
        return std::unexpected{std::move(directory.error())};
    }
    received_store begun{std::move(*directory), std::move(contents.files)};
    if (auto opened = begun.begin_files(); !opened) {
        return std::unexpected{std::move(opened.error())};
    }
    return begun;
}

received_store::~received_store() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

/// Opens the one that is next; those that have no bytes are there at once.
std::expected<void, std::string> received_store::begin_files() {
    while (file_ < files_.size() && descriptor_ < 0) {
        const auto& file = files_[file_];
        const auto path = directory_.path() / file.name;
        descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (descriptor_ < 0) {
            return write_problem(file);
        }
        if (file.size == 0) {
            if (auto ended = end_file(); !ended) {
                return ended;
            }
        }
    }
    return {};
}

/// It is brought to the disk now, so that not all of them have to be at the end.
std::expected<void, std::string> received_store::end_file() {
    const auto& file = files_[file_];
    const bool is_there = ::fdatasync(descriptor_) == 0;
    const bool is_closed = ::close(std::exchange(descriptor_, -1)) == 0;
    if (!is_there || !is_closed) {
        return write_problem(file);
    }
    const auto path = directory_.path() / file.name;
    if (path.extension() == ".sst") {
        if (auto sound = check_table(path); !sound) {
            return sound;
        }
    }
    ++file_;
    position_ = 0;
    return {};
}

std::optional<received_store::place> received_store::next() const {
    if (file_ == files_.size()) {
        return std::nullopt;
    }
    return place{file_, position_};
}

std::expected<void, std::string> received_store::write(bytes_view piece) {
    const auto& file = files_[file_];
    if (piece.empty() || piece.size() > file.size - position_) {
        return std::unexpected{fmt::format("{} isn't as long as it was said to be", file.name)};
    }
    while (!piece.empty()) {
        const auto written = ::write(descriptor_, piece.data(), piece.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return write_problem(file);
        }
        piece.remove_prefix(static_cast<std::size_t>(written));
        position_ += static_cast<std::uint64_t>(written);
    }
    if (position_ < file.size) {
        return {};
    }
    if (auto ended = end_file(); !ended) {
        return ended;
    }
    return begin_files();
}

std::uint64_t received_store::bytes_written() const {
    return sum_of(std::span{files_}.first(file_)) + position_;
}

std::uint64_t received_store::bytes_in_all() const {
    return sum_of(files_);
}

std::expected<restore_report, std::string> received_store::finish() {
    auto partitions = partitions_in(directory_.path());
    if (!partitions) {
        return std::unexpected{std::move(partitions.error())};
    }
    if (auto finished = directory_.finish(); !finished) {
        return std::unexpected{std::move(finished.error())};
    }
    return restore_report{
        .linked_bytes = 0, .copied_bytes = bytes_in_all(), .partitions = std::move(*partitions)};
}

}  // namespace bkes::store
