#pragma once
// One login by SASL (RFC 4422), the client's side: bytes in, bytes out. No I/O, no clock, no
// randomness of its own. Used for one login, then thrown away.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"

#include <optional>
#include <string_view>

namespace bkes::sync {

class sasl_client {
  public:
    sasl_client() = default;
    sasl_client(const sasl_client&) = delete;
    sasl_client& operator=(const sasl_client&) = delete;
    virtual ~sasl_client() = default;

    /// As SaslHandshake wants it: `SCRAM-SHA-256`.
    [[nodiscard]] virtual std::string_view mechanism() const = 0;

    /// What is said first. Once.
    virtual bytes first_message() = 0;

    /// The server's answer to the last message; what is said next, or nothing: the login is
    /// complete, and both sides have proved what they had to. An error (sasl_errc) ends it.
    [[nodiscard]] virtual result<std::optional<bytes>> answered(bytes_view challenge) = 0;
};

}  // namespace bkes::sync
