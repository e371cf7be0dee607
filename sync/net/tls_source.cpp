#include "sync/net/tls_source.hpp"

#include <array>
#include <system_error>
#include <utility>

namespace bkes::sync {

std::expected<std::shared_ptr<tls_source>, std::string> tls_source::open(tls_files files,
                                                                         make_context make) {
    auto first = make(files);
    if (!first) {
        return std::unexpected{std::move(first.error())};
    }
    return std::make_shared<tls_source>(std::move(files), std::move(make), std::move(*first));
}

tls_source::tls_source(tls_files files, make_context make, tls_context first)
    : files_{std::move(files)},
      make_{std::move(make)},
      read_{look()},
      seen_{read_},
      current_{std::move(first)} {}

tls_context tls_source::current() const {
    const std::lock_guard lock{mutex_};
    return current_;
}

std::expected<void, std::string> tls_source::reload() {
    auto now = look();
    auto fresh = make_(files_);
    const std::lock_guard lock{mutex_};
    seen_ = read_ = std::move(now);
    if (!fresh) {
        return std::unexpected{std::move(fresh.error())};
    }
    current_ = std::move(*fresh);
    return {};
}

bool tls_source::have_files_changed() {
    auto now = look();
    const std::lock_guard lock{mutex_};
    const bool is_quiet = now == seen_;
    seen_ = std::move(now);
    if (!is_quiet || seen_ == read_) {
        return false;
    }
    read_ = seen_;
    return true;
}

std::vector<tls_source::file_state> tls_source::look() const {
    std::vector<file_state> states;
    for (const auto* path :
         {&files_.ca_location, &files_.certificate_location, &files_.key_location}) {
        std::error_code ignored;
        auto& state = states.emplace_back();
        if (!path->empty()) {
            state.target = std::filesystem::canonical(*path, ignored);
            state.written = std::filesystem::last_write_time(*path, ignored);
            state.bytes = std::filesystem::file_size(*path, ignored);
        }
    }
    return states;
}

}  // namespace bkes::sync
