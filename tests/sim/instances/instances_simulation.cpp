// Several instances that want the same partition, under random schedules of all that can go wrong,
// from printed seeds (tests/sim/seeds.hpp). To see a failure again:
//   BKES_SIM_SEED=<seed> BKES_SIM_STEPS=1 sim_instances

#include "tests/sim/instances/run.hpp"
#include "tests/sim/seeds.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::sim::instances {

BOOST_AUTO_TEST_SUITE(sim_instances_simulation)

BOOST_AUTO_TEST_CASE(one_owner_at_a_time_under_random_schedules) {
    std::map<std::string, std::size_t> happened;
    const auto steps = run_seeds(run, [&](const run_result& result) {
        for (const auto& [what, count] : result.happened) happened[what] += count;
    });
    for (const auto& [what, count] : happened) BOOST_TEST_MESSAGE(what << ": " << count);
    // A simulation in which something never happens proves nothing about it.
    if (steps < 100'000) return;
    for (const auto* what :
         {"batch", "written", "conflict", "not owner", "not ready", "timed out",
          "refused by the broker", "read", "foreign record", "unclean election", "passed on",
          "read at another", "tenure again", "producer id", "decides itself"}) {
        BOOST_TEST(happened[what] > 0U, what);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sim::instances
