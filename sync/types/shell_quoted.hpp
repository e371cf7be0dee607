#pragma once
// For commands that a log line proposes.

#include <string>
#include <string_view>

namespace bkes::sync {

/// As a shell takes it; names of users may hold anything.
std::string shell_quoted(std::string_view text);

}  // namespace bkes::sync
