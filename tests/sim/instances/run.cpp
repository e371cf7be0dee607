#include "tests/sim/instances/run.hpp"

#include "tests/sim/instances/world.hpp"
#include "tests/sim/violation.hpp"

namespace bkes::sim::instances {

run_result run(std::uint64_t seed, const std::vector<std::uint64_t>& steps) {
    world simulated{seed};
    run_result out;
    play(simulated, seed, steps, out);
    out.happened = simulated.happened();
    return out;
}

}  // namespace bkes::sim::instances
