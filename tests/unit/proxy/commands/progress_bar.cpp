#include "proxy/commands/progress_bar.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace bkes::proxy;
using namespace std::chrono_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_commands_progress_bar)

BOOST_AUTO_TEST_CASE(a_wide_terminal_has_all_of_it) {
    BOOST_TEST(progress_text("comparing bkes", {570'000, 1'000'000, 84'210.4}, 100) ==
               "comparing bkes  [===================>               ]   57%  "
               "570,000 of 1,000,000  84,210/s  6s left");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_left_out) {
    const progress_seen seen{.done = 5, .all = 20, .per_second = 2};
    for (std::size_t columns = 0; columns < 130; ++columns) {
        const auto text = progress_text("reading", seen, columns);
        BOOST_TEST(text.size() <= columns, text);
        BOOST_TEST((columns < 4 || text.contains(" 25%")), text);
    }
    BOOST_TEST(progress_text("reading", seen, 60) ==
               "reading  [=====>              ]   25%  5 of 20  2/s  8s left");
    BOOST_TEST(progress_text("reading", seen, 40) == "reading   25%  5 of 20  2/s  8s left");
    BOOST_TEST(progress_text("reading", seen, 30) == " 25%  5 of 20  2/s  8s left");
    BOOST_TEST(progress_text("reading", seen, 20) == "reading   25%");
    BOOST_TEST(progress_text("reading", seen, 5) == " 25%");
}

BOOST_AUTO_TEST_CASE(no_pace_no_time) {
    BOOST_TEST(progress_text("w", {.done = 0, .all = 10}, 40) ==
               "w  [>                   ]    0%  0 of 10");
}

BOOST_AUTO_TEST_CASE(it_is_not_all_before_all_is_done) {
    BOOST_TEST(progress_text("w", {999, 1'000, 1}, 6) == " 99%");
    BOOST_TEST(progress_text("w", {1'000, 1'000, 1}, 6) == "100%");
    BOOST_TEST(progress_text("w", {1'001, 1'000, 1}, 6) == "100%");
    BOOST_TEST(progress_text("w", {0, 0, 1}, 6) == "100%");
}

BOOST_AUTO_TEST_CASE(durations_have_two_units) {
    BOOST_TEST(short_duration(0s) == "0s");
    BOOST_TEST(short_duration(59s) == "59s");
    BOOST_TEST(short_duration(60s) == "1m00s");
    BOOST_TEST(short_duration(3h + 9min + 59s) == "3h09m");
    BOOST_TEST(short_duration(49h) == "2d01h");
}

BOOST_AUTO_TEST_CASE(the_pace_is_that_of_the_last_seconds) {
    const std::chrono::steady_clock::time_point begin{};
    pace seen;
    BOOST_TEST(seen.per_second(100, begin) == 0);
    BOOST_TEST(seen.per_second(200, begin + 1s) == 100);
    for (int second = 2; second <= 10; ++second) {
        seen.per_second(200, begin + std::chrono::seconds{second});
    }
    BOOST_TEST(seen.per_second(250, begin + 11s) == 50.0 / 5);
    BOOST_TEST(seen.per_second(10, begin + 12s) == 0, "the log was cut");
    BOOST_TEST(seen.per_second(30, begin + 13s) == 20);
}

BOOST_AUTO_TEST_SUITE_END()
