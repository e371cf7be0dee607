#pragma once
// A TLS context whose files may be replaced while it is in use: certificates are renewed, and nobody
// restarts a server for it. Connections keep the context that they began with.
//
// Any thread.

#include "sync/net/tls_context.hpp"
#include "sync/types/tls_files.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bkes::sync {

class tls_source {
  public:
    using outcome = std::expected<tls_context, std::string>;
    using make_context = std::function<outcome(const tls_files&)>;

    /// Reads the files. Fails as `make` does.
    static std::expected<std::shared_ptr<tls_source>, std::string> open(tls_files files,
                                                                        make_context make);

    tls_source(tls_files files, make_context make, tls_context first);

    [[nodiscard]] tls_context current() const;

    /// Reads the files again. On an error, which names a setting and its file, all stays as it is.
    std::expected<void, std::string> reload();

    /// Whether the files are others than those last read, or tried. True once for each change, and
    /// only when nothing moved since the last call: a certificate and its key are replaced one after
    /// the other.
    [[nodiscard]] bool have_files_changed();

  private:
    struct file_state {
        std::filesystem::file_time_type written;
        std::uintmax_t bytes = 0;
        std::filesystem::path target;  ///< of links: Kubernetes changes where they lead

        friend bool operator==(const file_state&, const file_state&) = default;
    };

    [[nodiscard]] std::vector<file_state> look() const;

    const tls_files files_;
    const make_context make_;
    mutable std::mutex mutex_;      ///< guards what follows
    std::vector<file_state> read_;  ///< as the files were when they were read
    std::vector<file_state> seen_;  ///< as they were at the last look
    tls_context current_;
};

}  // namespace bkes::sync
