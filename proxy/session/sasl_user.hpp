#pragma once
// Who a client says it is, read from the first token of its login.

#include "protocol/core/bytes.hpp"

#include <optional>
#include <string>

namespace bkes::proxy {

/// As the broker will know it if the login succeeds, without `User:`. Empty: this mechanism doesn't tell
/// (only PLAIN, RFC 4616, and SCRAM, RFC 5802, do), or it is the name of a delegation token, not of its
/// owner (KIP-48).
std::optional<std::string> user_in_first_token(bytes_view mechanism, bytes_view token);

}  // namespace bkes::proxy
