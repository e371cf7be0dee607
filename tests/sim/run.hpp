#pragma once
// One simulated run: a list of step seeds carried out on two partitions of a topic.

#include "sync/append_types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sim {

struct run_result {
    std::optional<std::string> violated;  ///< the invariant; none: all hold
    std::vector<std::string> trace;       ///< its last lines
    std::map<sync::append_outcome, std::size_t> outcomes;
};

/// The list of step seeds of a run.
std::vector<std::uint64_t> steps_of(std::uint64_t seed, std::size_t count);

/// `seed` sets up the world (limits, batches in flight, ...), `steps` is what happens in it.
run_result run(std::uint64_t seed, const std::vector<std::uint64_t>& steps);

/// Takes steps out as long as an invariant is still violated.
std::vector<std::uint64_t> shrink(std::uint64_t seed, std::vector<std::uint64_t> steps);

}  // namespace bkes::sim
