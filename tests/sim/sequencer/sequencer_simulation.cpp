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

namespace {

constexpr std::size_t steps_per_run = 1500;

}  // namespace

BOOST_AUTO_TEST_SUITE(sim_sequencer_simulation)

BOOST_AUTO_TEST_CASE(keeps_the_contract_under_random_schedules) {
    const auto first = from_environment("BKES_SIM_SEED", 1);
    const auto steps = from_environment("BKES_SIM_STEPS", 1'000'000);
    std::map<sync::append_outcome, std::size_t> outcomes;
    std::uint64_t seed = first;
    for (std::uint64_t done = 0; done < steps; done += steps_per_run, ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            const auto schedule = steps_of(seed, steps_per_run);
            const auto result = run(seed, schedule);
            if (result.violated) BOOST_FAIL(report(run, seed, schedule));
            for (const auto& [outcome, count] : result.outcomes) outcomes[outcome] += count;
        }
    }
    BOOST_TEST_MESSAGE("seeds " << first << " to " << seed - 1);
    for (const auto& [outcome, count] : outcomes) {
        BOOST_TEST_MESSAGE("outcome " << static_cast<int>(outcome) << ": " << count);
        // A simulation in which something never happens proves nothing about it.
        if (steps >= 100'000) BOOST_TEST(count > 0U, "outcome " << static_cast<int>(outcome));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sim
