#pragma once
// One simulated run: a list of step seeds carried out on two or three instances that want the same
// partition. An independent referee looks at every record that is written, every answer and every
// read (referee.hpp).

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sim::instances {

struct run_result {
    std::optional<std::string> violated;  ///< the invariant; none: all hold
    std::vector<std::string> trace;       ///< its last lines
    std::map<std::string, std::size_t> happened;
};

/// `seed` sets up the world, `steps` is what happens in it.
run_result run(std::uint64_t seed, const std::vector<std::uint64_t>& steps);

}  // namespace bkes::sim::instances
