#include "sync/start/rights_report.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::sync;

namespace {

const missing_right write_topic{.resource = "--topic bkes", .operation = "Write"};
const missing_right configs{.resource = "--cluster",
                            .operation = "DescribeConfigs",
                            .counts = missing_right::weight::wished};

std::string command_of(const std::string& principal) {
    return rights_report{principal, "a:1,b:2"}.command_for(write_topic);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_start_rights_report)

BOOST_AUTO_TEST_CASE(only_what_is_needed_stands_in_the_way) {
    rights_report report{"bkes", "a:1"};
    BOOST_TEST(report.update({}).has_value());
    BOOST_TEST(report.update({configs}).has_value());
    const auto refused = report.update({configs, write_topic});
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().kind == start_problem_kind::not_let_in));
    BOOST_TEST(report.update({configs}).has_value());
}

BOOST_AUTO_TEST_CASE(the_command_can_be_pasted) {
    BOOST_TEST(command_of("bkes") ==
               "kafka-acls.sh --bootstrap-server a:1,b:2 --add --allow-principal User:bkes "
               "--topic bkes --operation Write");
    BOOST_TEST(command_of("CN=bkes,O=a b").contains(" 'User:CN=bkes,O=a b' --topic"));
    BOOST_TEST(command_of("a'; reboot").contains(" 'User:a'\\''; reboot' --topic"));
}

BOOST_AUTO_TEST_SUITE_END()
