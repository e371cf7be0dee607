#include "sync/fencing/lease.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_lease)

BOOST_AUTO_TEST_CASE(nothing_is_proved_at_first) {
    const lease fresh{1000ms};
    BOOST_TEST(!fresh.is_valid(boot_clock::now()));
}

BOOST_AUTO_TEST_CASE(it_counts_from_when_the_proof_was_asked_for) {
    lease held{1000ms};
    const boot_clock::time_point asked_at{100s};
    held.proven(asked_at);
    BOOST_TEST(held.is_valid(asked_at + 999ms));
    BOOST_TEST(!held.is_valid(asked_at + 1000ms));
}

BOOST_AUTO_TEST_CASE(an_older_proof_does_not_shorten_it) {
    lease held{1000ms};
    held.proven(boot_clock::time_point{100s});
    held.proven(boot_clock::time_point{99s});
    BOOST_TEST(held.is_valid(boot_clock::time_point{100s} + 500ms));
}

BOOST_AUTO_TEST_SUITE_END()
