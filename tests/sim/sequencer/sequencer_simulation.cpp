// Random schedules of everything that can happen to sequencers, from printed seeds
// (tests/sim/seeds.hpp). To see a failure again:
//   BKES_SIM_SEED=<seed> BKES_SIM_STEPS=1 sim_sequencer

#include "tests/sim/seeds.hpp"
#include "tests/sim/sequencer/run.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace bkes::sim {

BOOST_AUTO_TEST_SUITE(sim_sequencer_simulation)

BOOST_AUTO_TEST_CASE(keeps_the_contract_under_random_schedules) {
    std::map<sync::append_outcome, std::size_t> outcomes;
    const auto steps = run_seeds(run, [&](const run_result& result) {
        for (const auto& [outcome, count] : result.outcomes) outcomes[outcome] += count;
    });
    for (const auto& [outcome, count] : outcomes) {
        BOOST_TEST_MESSAGE("outcome " << static_cast<int>(outcome) << ": " << count);
        // A simulation in which something never happens proves nothing about it.
        if (steps >= 100'000) BOOST_TEST(count > 0U, "outcome " << static_cast<int>(outcome));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sim
