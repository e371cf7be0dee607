#pragma once
// Ids that nobody else has (RFC 4122, version 4). Any thread.

#include "protocol/core/ids.hpp"

#include <string>

namespace bkes::sync {

[[nodiscard]] uuid random_id();

/// 32 hexadecimal digits.
[[nodiscard]] std::string hex_of(const uuid& id);

}  // namespace bkes::sync
