#include "store/restore_files.hpp"

#include "store/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace bkes::store {
namespace {

// DO NOT CHANGE these names: every version reads them to find out what it has before it.
constexpr std::string_view facts_file = "RESTORE_POINT";
constexpr std::string_view format_name = "format_version";
constexpr std::string_view cluster_name = "cluster_id";
constexpr std::size_t facts_bytes_max = 4096;

std::unexpected<std::string> file_problem(const std::filesystem::path& file, std::string_view what,
                                          const std::error_code& reason) {
    return std::unexpected{fmt::format("{} {}: {}", file.string(), what, reason.message())};
}

/// The value of one line; empty: there is none.
std::string value_of(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (line.starts_with(name) && line.substr(name.size()).starts_with('=')) {
            return std::string{line.substr(name.size() + 1)};
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return {};
}

}  // namespace

std::expected<void, std::string> write_facts(const std::filesystem::path& restore_point,
                                             const restore_point_facts& facts) {
    const auto path = restore_point / facts_file;
    std::ofstream file{path, std::ios::binary};
    file << fmt::format("{}={}\n{}={}\n", format_name, facts.format_version, cluster_name,
                        facts.cluster_id);
    file.close();
    if (!file) {
        return std::unexpected{fmt::format("{} can't be written", path.string())};
    }
    return {};
}

std::expected<restore_point_facts, std::string> read_facts(
    const std::filesystem::path& restore_point) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(restore_point, failed);
    if (failed && failed != std::errc::no_such_file_or_directory) {
        return std::unexpected{failed.message()};
    }
    if (failed || !std::filesystem::is_directory(real, failed)) {
        return std::unexpected{std::string{"there is no such directory"}};
    }
    if (has_unfinished_name(real)) {
        return std::unexpected{std::string{"it was never finished, as its name says"}};
    }
    std::ifstream file{restore_point / facts_file, std::ios::binary};
    std::string text(facts_bytes_max, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    restore_point_facts facts{.format_version = value_of(text, format_name),
                              .cluster_id = value_of(text, cluster_name)};
    if (facts.format_version.empty() || facts.cluster_id.empty()) {
        return std::unexpected{fmt::format(
            "it is no restore point, as bkes checkpoint makes them: {} isn't in it, or holds "
            "something else",
            facts_file)};
    }
    return facts;
}

std::expected<void, std::string> check_facts(const restore_point_facts& facts,
                                             const store_options& into) {
    if (facts.cluster_id != into.cluster_id) {
        return std::unexpected{fmt::format("it is of the Kafka cluster {}, and this one is {}",
                                           facts.cluster_id, into.cluster_id)};
    }
    if (facts.format_version != std::to_string(format_version)) {
        return std::unexpected{fmt::format("it has the store's format {}, and this bkes has {}",
                                           facts.format_version, format_version)};
    }
    return {};
}

std::expected<unfinished_directory, std::string> begin_store(const store_options& into) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path{into.directory}.parent_path(),
                                        ignored);
    auto made = unfinished_directory::make(into.directory);
    if (!made) {
        return std::unexpected{fmt::format("{} can't be filled: {}", into.directory, made.error())};
    }
    return made;
}

std::expected<restore_point_contents, std::string> contents_of(const std::string& restore_point) {
    auto facts = read_facts(restore_point);
    if (!facts) {
        return std::unexpected{std::move(facts.error())};
    }
    restore_point_contents found{.facts = std::move(*facts), .files = {}};
    const auto files = std::filesystem::path{restore_point} / restore_point_store;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry{files, failed};
         !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
        const auto size = entry->file_size(failed);
        if (failed) {
            return file_problem(entry->path(), "can't be read", failed);
        }
        found.files.push_back({entry->path().filename().string(), size});
    }
    if (failed) {
        return file_problem(files, "can't be read", failed);
    }
    std::ranges::sort(found.files, {}, &restore_point_file::name);
    return found;
}

std::expected<bytes, std::string> read_piece(const std::string& restore_point,
                                             const restore_point_file& file, std::uint64_t position,
                                             std::size_t most) {
    const auto path = std::filesystem::path{restore_point} / restore_point_store / file.name;
    const auto left = file.size - std::min(position, file.size);
    bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(most, left)), '\0');
    std::ifstream from{path, std::ios::binary};
    from.rdbuf()->pubsetbuf(nullptr, 0);
    from.seekg(static_cast<std::streamoff>(position));
    from.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!from) {
        return std::unexpected{fmt::format("{} can't be read", path.string())};
    }
    return piece;
}

std::expected<moved_bytes, std::string> take_files(const std::filesystem::path& from,
                                                   const std::filesystem::path& into) {
    moved_bytes moved;
    std::error_code failed;
    std::filesystem::directory_iterator entry{from, failed};
    for (; !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
        const auto& file = entry->path();
        const auto size = entry->file_size(failed);
        if (failed) {
            return file_problem(file, "can't be read", failed);
        }
        const auto place = into / file.filename();
        if (file.extension() == ".sst") {
            std::filesystem::create_hard_link(file, place, failed);
            if (!failed) {
                moved.linked += size;
                continue;
            }
        }
        std::filesystem::copy_file(file, place, failed);
        if (failed) {
            return file_problem(file, "can't be copied", failed);
        }
        moved.copied += size;
    }
    if (failed) {
        return file_problem(from, "can't be read", failed);
    }
    return moved;
}

std::expected<void, std::string> check_links(const std::filesystem::path& from,
                                             const std::filesystem::path& into) {
    const auto probe = into / "probe";
    std::error_code failed;
    std::filesystem::create_hard_link(from / "CURRENT", probe, failed);
    if (failed == std::errc::cross_device_link) {
        return std::unexpected{fmt::format(
            "it is on another file system than {}, so the files can't be shared: make the restore "
            "point there and copy it from there",
            from.string())};
    }
    if (failed) {
        return file_problem(into, "takes no hard links", failed);
    }
    std::filesystem::remove(probe, failed);
    return {};
}

std::expected<std::uint64_t, std::string> bytes_in(const std::filesystem::path& directory) {
    std::uint64_t bytes = 0;
    std::error_code failed;
    std::filesystem::recursive_directory_iterator entry{directory, failed};
    for (; !failed && entry != std::filesystem::recursive_directory_iterator{};
         entry.increment(failed)) {
        if (entry->is_regular_file(failed)) {
            bytes += entry->file_size(failed);
        }
    }
    if (failed) {
        return file_problem(directory, "can't be read", failed);
    }
    return bytes;
}

}  // namespace bkes::store
