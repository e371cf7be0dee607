#pragma once
// How many processors this process may use: as many as it may run on, but no more than its control
// group is given time for (Linux' cgroup v2, cpu.max), as containers are limited.

#include <filesystem>

namespace bkes::proxy {

/// Rounded down, at least 1. `proc` and `sys` are where those file systems are mounted.
[[nodiscard]] unsigned usable_processors(const std::filesystem::path& proc = "/proc",
                                         const std::filesystem::path& sys = "/sys");

}  // namespace bkes::proxy
