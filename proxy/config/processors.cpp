#include "proxy/config/processors.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace bkes::proxy {

namespace {

constexpr unsigned unlimited = std::numeric_limits<unsigned>::max();

/// "0::/system.slice/bkes.service"; empty if there is none.
std::filesystem::path own_group(const std::filesystem::path& proc) {
    std::ifstream file{proc / "self/cgroup"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("0::/")) {
            return std::filesystem::path{line.substr(4)};
        }
    }
    return {};
}

/// "150000 100000" are microseconds in each period, "max 100000" is no limit.
unsigned limit_of(const std::filesystem::path& group) {
    std::ifstream file{group / "cpu.max"};
    double quota = 0;
    double period = 0;
    if (!(file >> quota >> period) || period <= 0) {
        return unlimited;
    }
    return static_cast<unsigned>(std::clamp(quota / period, 1.0, 1e6));
}

}  // namespace

unsigned usable_processors(const std::filesystem::path& proc, const std::filesystem::path& sys) {
    auto usable = std::max(1U, std::thread::hardware_concurrency());
    const auto root = sys / "fs/cgroup";
    // What limits a group above it limits this one, too.
    auto group = own_group(proc);
    while (true) {
        usable = std::min(usable, limit_of(root / group));
        if (group.empty()) {
            return usable;
        }
        group = group.parent_path();
    }
}

}  // namespace bkes::proxy
