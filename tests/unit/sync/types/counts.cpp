#include "sync/types/counts.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_types_counts)

BOOST_AUTO_TEST_CASE(an_observation_goes_into_the_first_bucket_that_holds_it) {
    constexpr std::array bounds{1.0, 2.0, 5.0};
    histogram<bounds.size()> values;
    for (const double value : {0.5, 1.0, 1.5, 5.0, 5.1, 1e9}) {
        values.observe(bounds, value);
    }
    BOOST_TEST(values.in_bucket(0) == 2U);
    BOOST_TEST(values.in_bucket(1) == 1U);
    BOOST_TEST(values.in_bucket(2) == 1U);
    BOOST_TEST(values.in_bucket(3) == 2U);
    BOOST_TEST(values.sum() == 1e9 + 13.1, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(durations_are_in_seconds) {
    duration_histogram taken;
    taken.observe(1500us);
    BOOST_TEST(taken.sum() == 0.0015, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(duration_bounds[5] == 0.003);
    BOOST_TEST(taken.in_bucket(5) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
