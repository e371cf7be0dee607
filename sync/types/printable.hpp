#pragma once
// A key as a log line can show it.

#include "protocol/core/bytes.hpp"

#include <string>

namespace bkes::sync {

/// At most 64 bytes of it; what isn't printable ASCII as \xHH.
std::string printable(bytes_view key);

}  // namespace bkes::sync
