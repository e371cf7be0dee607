#pragma once
// The URL of kafka.sasl.oauthbearer.token.endpoint.url.

#include <cstdint>
#include <expected>
#include <string>

namespace bkes::sync {

struct token_endpoint {
    bool is_tls = true;
    std::string host;
    std::uint16_t port = 0;
    std::string target;  ///< path and query

    /// As the Host of a request.
    [[nodiscard]] std::string authority() const;
};

/// Fails with what is wrong. Plain http is for this machine's own addresses alone (localhost,
/// 127.0.0.0/8, ::1), as the client's secret is in the request (RFC 6749, section 3.2).
std::expected<token_endpoint, std::string> parse_token_endpoint(const std::string& url);

}  // namespace bkes::sync
