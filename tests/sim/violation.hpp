#pragma once
// An invariant that doesn't hold, and what a run makes of it.

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace bkes::sim {

struct violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* what) {
    if (!holds) throw violation{what};
}

/// Carries out all steps and the end of a run, or as much as comes before a violation.
template <class World, class Result>
void play(World& simulated, std::uint64_t seed, const std::vector<std::uint64_t>& steps,
          Result& out) {
    try {
        for (const auto step : steps) simulated.step(step);
        simulated.finish(seed);
    } catch (const violation& found) {
        out.violated = found.what();
        out.trace = simulated.trace();
    }
}

}  // namespace bkes::sim
