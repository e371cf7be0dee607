#include "tests/sim/instances/run.hpp"

#include "tests/sim/instances/world.hpp"

namespace bkes::sim::instances {

run_result run(std::uint64_t seed, const std::vector<std::uint64_t>& steps) {
    world simulated{seed};
    run_result out;
    try {
        for (const auto step : steps) simulated.step(step);
        simulated.finish(seed);
    } catch (const violation& found) {
        out.violated = found.what();
        out.trace = simulated.trace();
    }
    out.happened = simulated.happened();
    return out;
}

}  // namespace bkes::sim::instances
