#pragma once
// What all simulations share: seeds and step counts from the environment, lists of step seeds, and
// the shrinking of a list that shows a violation.
//
// BKES_SIM_STEPS: how many steps in all (default 1000000). BKES_SIM_SEED: where the seeds start.

#include "tests/sim/dice.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace bkes::sim {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline std::vector<std::uint64_t> steps_of(std::uint64_t seed, std::size_t count) {
    dice d{seed};
    std::vector<std::uint64_t> steps(count);
    for (auto& step : steps) step = d.next();
    return steps;
}

/// Takes steps out as long as an invariant is still violated; `run` as run.hpp has it.
template <class Run>
std::vector<std::uint64_t> shrink(Run run, std::uint64_t seed, std::vector<std::uint64_t> steps) {
    for (auto chunk = steps.size() / 2; chunk > 0; chunk /= 2) {
        for (std::size_t from = 0; from < steps.size();) {
            const auto to = std::min(from + chunk, steps.size());
            auto fewer = steps;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(from),
                        fewer.begin() + static_cast<std::ptrdiff_t>(to));
            if (run(seed, fewer).violated)
                steps = std::move(fewer);
            else
                from = to;
        }
    }
    return steps;
}

/// The violation, and what led to it in as few steps as possible.
template <class Run>
std::string report(Run run, std::uint64_t seed, const std::vector<std::uint64_t>& steps) {
    const auto shrunk = shrink(run, seed, steps);
    const auto again = run(seed, shrunk);
    auto text =
        fmt::format("seed {}: {}\nshrunk to {} steps:\n", seed, *again.violated, shrunk.size());
    for (const auto& line : again.trace) text += "  " + line + "\n";
    return text;
}

constexpr std::size_t steps_per_run = 1500;

/// Runs seed after seed until all steps are done, and shows the first violation; `count` takes each
/// result. Gives the number of steps asked for.
template <class Run, class Count>
std::uint64_t run_seeds(Run run, Count count) {
    const auto first = from_environment("BKES_SIM_SEED", 1);
    const auto steps = from_environment("BKES_SIM_STEPS", 1'000'000);
    std::uint64_t seed = first;
    for (std::uint64_t done = 0; done < steps; done += steps_per_run, ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            const auto schedule = steps_of(seed, steps_per_run);
            const auto result = run(seed, schedule);
            if (result.violated) BOOST_FAIL(report(run, seed, schedule));
            count(result);
        }
    }
    BOOST_TEST_MESSAGE("seeds " << first << " to " << seed - 1);
    return steps;
}

}  // namespace bkes::sim
