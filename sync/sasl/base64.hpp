#pragma once
// Base64 (RFC 4648, section 4), as SCRAM writes bytes.

#include "protocol/core/bytes.hpp"

#include <optional>

namespace bkes::sync {

bytes base64_encode(bytes_view data);

/// Empty for anything but whole groups of four with their padding.
std::optional<bytes> base64_decode(bytes_view text);

}  // namespace bkes::sync
