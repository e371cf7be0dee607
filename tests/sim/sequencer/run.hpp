#pragma once
// One simulated run: a list of step seeds carried out on two partitions of a topic.

#include "sync/sequencer/append_types.hpp"

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

/// `seed` sets up the world (limits, batches in flight, ...), `steps` is what happens in it.
run_result run(std::uint64_t seed, const std::vector<std::uint64_t>& steps);

}  // namespace bkes::sim
