#include "proxy/log/folding.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using bkes::proxy::log_folding;
using namespace std::chrono_literals;

const log_folding::time_point start{1000h};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_log_folding)

BOOST_AUTO_TEST_CASE(the_first_lines_of_a_burst_are_written_and_the_rest_counted) {
    log_folding folding;
    for (std::size_t line = 0; line < log_folding::lines_max + 7; ++line) {
        BOOST_TEST(folding.takes("connection closed", start + 1s) ==
                   (line < log_folding::lines_max));
        BOOST_TEST(folding.ended(start + 2s).empty());
    }
    BOOST_TEST(folding.takes("something else", start + 3s));
    const auto told = folding.ended(start + 1s + log_folding::window);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told[0].event == "connection closed");
    BOOST_TEST(told[0].count == 7U);
    BOOST_TEST(folding.ended(start + 1h).empty());
    BOOST_TEST(folding.takes("connection closed", start + 1h));
}

BOOST_AUTO_TEST_CASE(few_lines_are_told_as_they_are) {
    log_folding folding;
    for (int minute = 0; minute < 100; ++minute) {
        const auto now = start + std::chrono::minutes{minute};
        BOOST_TEST(folding.ended(now).empty());
        BOOST_TEST(folding.takes("now and then", now));
    }
}

BOOST_AUTO_TEST_CASE(different_words_take_bounded_memory) {
    log_folding folding;
    for (int number = 0; number < 5'000; ++number) {
        BOOST_TEST(folding.takes(std::to_string(number), start));
    }
}

BOOST_AUTO_TEST_SUITE_END()
