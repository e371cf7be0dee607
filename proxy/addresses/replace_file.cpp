#include "proxy/addresses/replace_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace bkes::proxy {

namespace {

std::error_code newest_error() {
    return {errno, std::generic_category()};
}

/// Closed at the end of its scope.
class open_file {
  public:
    open_file(const std::string& path, int flags) : number_{::open(path.c_str(), flags, 0644)} {}

    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;

    ~open_file() {
        if (is_open()) {
            ::close(number_);
        }
    }

    [[nodiscard]] bool is_open() const { return number_ >= 0; }

    std::error_code write(std::string_view content) const {
        while (!content.empty()) {
            const auto count = ::write(number_, content.data(), content.size());
            if (count < 0 && errno != EINTR) {
                return newest_error();
            }
            content.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
        }
        return {};
    }

    [[nodiscard]] std::error_code sync() const {
        return ::fsync(number_) == 0 ? std::error_code{} : newest_error();
    }

  private:
    int number_;
};

std::error_code write_and_sync(const std::string& path, std::string_view content) {
    const open_file file{path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC};
    if (!file.is_open()) {
        return newest_error();
    }
    const auto failed = file.write(content);
    return failed ? failed : file.sync();
}

/// A rename is on the disk when its folder is.
std::error_code sync_folder_of(const std::string& path) {
    const auto parent = std::filesystem::path{path}.parent_path();
    const open_file folder{parent.empty() ? "." : parent.string(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC};
    return folder.is_open() ? folder.sync() : newest_error();
}

}  // namespace

std::error_code replace_file(const std::string& path, std::string_view content) {
    const auto fresh = path + ".new";
    if (const auto failed = write_and_sync(fresh, content)) {
        return failed;
    }
    if (std::rename(fresh.c_str(), path.c_str()) != 0) {
        return newest_error();
    }
    return sync_folder_of(path);
}

}  // namespace bkes::proxy
