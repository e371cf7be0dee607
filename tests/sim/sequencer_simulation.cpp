// Random schedules of everything that can happen to sequencers, from printed seeds.
//
// BKES_SIM_STEPS: how many steps in all (default 1000000). BKES_SIM_SEED: where the seeds start.
// A failure names its seed and prints the shrunk trace; to see it again:
//   BKES_SIM_SEED=<seed> BKES_SIM_STEPS=1 sim_sequencer

#include "tests/sim/run.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace bkes::sim {

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr std::size_t steps_per_run = 1500;

std::string report(std::uint64_t seed, const std::vector<std::uint64_t>& steps) {
    const auto shrunk = shrink(seed, steps);
    const auto again = run(seed, shrunk);
    auto text =
        fmt::format("seed {}: {}\nshrunk to {} steps:\n", seed, *again.violated, shrunk.size());
    for (const auto& line : again.trace) text += "  " + line + "\n";
    return text;
}

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
            if (result.violated) BOOST_FAIL(report(seed, schedule));
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
