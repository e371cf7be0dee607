#include "sync/append/throttle_report.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace bkes::sync;
using namespace std::chrono_literals;

namespace {

const throttle_report::sender bkes_itself{
    .principal = "ANONYMOUS", .client_id = "bkes-append", .servers = "a:1,b:2"};
constexpr throttle_report::time_point start{1'000s};

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_append_throttle_report)

BOOST_AUTO_TEST_CASE(the_first_answer_is_a_line_and_the_next_ones_are_counted) {
    throttle_report report{bkes_itself};
    const auto first = report.throttled("h:1", 200ms, start);
    BOOST_REQUIRE(first);
    BOOST_TEST(first->contains(" address=h:1 throttle_ms=200 answers=1 answers_ms=200 "));
    BOOST_TEST(!report.throttled("h:1", 300ms, start + 1s));
    BOOST_TEST(!report.throttled("h:1", 400ms, start + 30s - 1ms));
    const auto next = report.throttled("h:1", 500ms, start + 30s);
    BOOST_REQUIRE(next);
    BOOST_TEST(next->contains(" address=h:1 throttle_ms=500 answers=3 answers_ms=1200 "));
    BOOST_TEST(!report.throttled("h:1", 1ms, start + 60s - 1ms));
    BOOST_TEST(report.seen().answers == 5);
    BOOST_TEST(report.seen().time.count() == 1'401);
}

BOOST_AUTO_TEST_CASE(each_broker_has_its_own_line) {
    throttle_report report{bkes_itself};
    BOOST_TEST(report.throttled("h:1", 1ms, start).has_value());
    BOOST_TEST(report.throttled("h:2", 1ms, start).has_value());
    BOOST_TEST(!report.throttled("h:1", 1ms, start).has_value());
}

BOOST_AUTO_TEST_CASE(the_command_can_be_pasted) {
    const std::string begin =
        "kafka-configs.sh --bootstrap-server a:1,b:2 --alter --add-config "
        "producer_byte_rate=9223372036854775807,request_percentage=2147483647 ";
    BOOST_TEST(throttle_report{bkes_itself}.exemption() ==
               begin +
                   "--entity-type users --entity-name ANONYMOUS "
                   "--entity-type clients --entity-name bkes-append");
    auto other = bkes_itself;
    other.principal = "CN=a b";
    BOOST_TEST(
        throttle_report{other}.exemption().contains(" --entity-name 'CN=a b' --entity-type"));
}

BOOST_AUTO_TEST_SUITE_END()
