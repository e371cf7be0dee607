#pragma once
// One question by HTTP/1.1, in plain text or by TLS, as the commands ask an instance. Blocks.

#include "proxy/config/host_port.hpp"
#include "sync/net/net_stream.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <string>

namespace bkes::proxy {

struct http_reply {
    unsigned status = 0;
    std::string body{};
};

/// An error is fit for a person: it doesn't name the address.
std::expected<http_reply, std::string> http_get(const host_port& from, const std::string& target,
                                                std::chrono::milliseconds timeout,
                                                const std::optional<sync::tls_client>& tls = {});

}  // namespace bkes::proxy
