// The times expected here are what Kafka's Rate and QuotaUtils.throttleTime make of the same numbers.

#include "sync/quotas/produce_meter.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>

using namespace bkes::sync;
using namespace std::chrono_literals;

namespace {

constexpr double bound = 1'000;

struct metered {
    std::int64_t count(std::size_t bytes, std::chrono::milliseconds at, double most = bound) {
        return meter.count(bytes, most, start + at).count();
    }

    produce_meter::time_point start{1'234'567ms};
    produce_meter meter;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_quotas_produce_meter)

BOOST_AUTO_TEST_CASE(ten_seconds_of_the_quota_may_come_at_once) {
    metered one;
    BOOST_TEST(one.count(10'000, 0ms) == 0);
    BOOST_TEST(one.count(1, 0ms) == 1);
}

BOOST_AUTO_TEST_CASE(the_pause_is_what_brings_the_rate_down) {
    metered one;
    // 25,000 in 10 s are 2,500 a second: over it by 1.5 times the quota, of 10 s.
    BOOST_TEST(one.count(25'000, 0ms) == 15'000);
}

BOOST_AUTO_TEST_CASE(seconds_before_the_first_request_count_as_quiet_ones) {
    metered one;
    BOOST_TEST(one.count(12'000, 0ms) == 2'000);
    BOOST_TEST(one.count(100, 2'000ms) == 2'100);  // still 10 s, of which 2 have passed
    BOOST_TEST(one.count(0, 10'500ms) == 1'600);   // 10.5 s
}

BOOST_AUTO_TEST_CASE(a_steady_rate_at_the_quota_is_never_held_up) {
    metered one;
    for (int second = 0; second < 60; ++second) {
        BOOST_TEST(one.count(900, second * 1'000ms) == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_steady_rate_over_the_quota_pays_for_what_is_over) {
    metered one;
    auto at = 0ms;
    std::size_t sent = 0;
    while (at < 120s) {
        at += 10ms + std::chrono::milliseconds{one.count(500, at)};
        sent += 500;
    }
    const double per_second = static_cast<double>(sent) / 120;
    // The first ten seconds' worth came at once.
    BOOST_TEST(per_second > bound);
    BOOST_TEST(per_second < bound * 1.15);
}

BOOST_AUTO_TEST_CASE(what_is_older_than_the_windows_is_forgotten) {
    metered one;
    BOOST_TEST(one.count(30'000, 0ms) == 20'000);
    BOOST_TEST(!one.meter.is_blank(one.start + 10'999ms));
    BOOST_TEST(one.meter.is_blank(one.start + 11'000ms));
    BOOST_TEST(one.count(10'000, 11'000ms) == 0);
}

BOOST_AUTO_TEST_CASE(a_sample_counts_until_its_last_byte_is_old) {
    metered one;
    BOOST_TEST(one.count(1'000, 0ms) == 0);
    BOOST_TEST(one.count(9'000, 900ms) == 0);
    // The first sample began 11.5 s ago, and was last added to 10.6 s ago.
    BOOST_TEST(one.count(5'000, 11'500ms) == 3'500);
}

BOOST_AUTO_TEST_CASE(the_time_fits_into_an_answer) {
    metered one;
    BOOST_TEST(one.count(1'000'000'000, 0ms, 0.001) == std::numeric_limits<std::int32_t>::max());
    BOOST_TEST(one.count(1, 0ms, 0) == std::numeric_limits<std::int32_t>::max());
}

BOOST_AUTO_TEST_CASE(a_new_quota_counts_for_what_was_counted) {
    metered one;
    BOOST_TEST(one.count(20'000, 0ms, 10'000) == 0);
    BOOST_TEST(one.count(0, 0ms, 1'000) == 10'000);
    BOOST_TEST(one.count(0, 0ms, 2'000) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
