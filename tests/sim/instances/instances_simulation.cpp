// Several instances that want the same partition, under random schedules of all that can go wrong,
// from printed seeds (tests/sim/seeds.hpp). To see a failure again:
//   BKES_SIM_SEED=<seed> BKES_SIM_STEPS=1 sim_instances

#include "tests/sim/instances/run.hpp"
#include "tests/sim/seeds.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::sim::instances {

namespace {

constexpr std::size_t steps_per_run = 1500;

}  // namespace

BOOST_AUTO_TEST_SUITE(sim_instances_simulation)

BOOST_AUTO_TEST_CASE(one_owner_at_a_time_under_random_schedules) {
    const auto first = from_environment("BKES_SIM_SEED", 1);
    const auto steps = from_environment("BKES_SIM_STEPS", 1'000'000);
    std::map<std::string, std::size_t> happened;
    std::uint64_t seed = first;
    for (std::uint64_t done = 0; done < steps; done += steps_per_run, ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            const auto schedule = steps_of(seed, steps_per_run);
            const auto result = run(seed, schedule);
            if (result.violated) BOOST_FAIL(report(run, seed, schedule));
            for (const auto& [what, count] : result.happened) happened[what] += count;
        }
    }
    BOOST_TEST_MESSAGE("seeds " << first << " to " << seed - 1);
    for (const auto& [what, count] : happened) BOOST_TEST_MESSAGE(what << ": " << count);
    // A simulation in which something never happens proves nothing about it.
    if (steps < 100'000) return;
    for (const auto* what :
         {"batch", "written", "conflict", "not owner", "not ready", "timed out",
          "refused by the broker", "read", "foreign record", "unclean election"}) {
        BOOST_TEST(happened[what] > 0U, what);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sim::instances
