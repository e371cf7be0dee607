#include "protocol/wire/field_versions.hpp"

#include "tests/unit/protocol/wire/sample_message.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::protocol;

BOOST_AUTO_TEST_SUITE(protocol_wire_field_versions)

BOOST_AUTO_TEST_CASE(follow_from_the_field_list) {
    BOOST_TEST(first_version_of<sample>("number") == 0);
    BOOST_TEST(first_version_of<sample>("strict") == 1);
    BOOST_TEST(first_version_of<sample>("maybe") == 3);
    BOOST_TEST(first_version_of<sample_item>("count") == 2);
}

BOOST_AUTO_TEST_CASE(of_a_tagged_field_too) {
    BOOST_TEST(first_version_of<sample>("tagged_item") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
