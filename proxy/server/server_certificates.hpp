#pragma once
// What a listener of bkes shows to those who connect to it by TLS.

#include "proxy/config/listener_config.hpp"
#include "sync/net/tls_source.hpp"

#include <expected>
#include <memory>
#include <string>

namespace bkes::proxy {

/// Reads the files. An error names the setting, with `prefix` before it, and its file.
std::expected<std::shared_ptr<sync::tls_source>, std::string> open_server_certificates(
    const listener_options& options, std::string prefix);

}  // namespace bkes::proxy
