#include "sync/membership/member_assignment.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::string_literals;

// As librdkafka and the Java client write it: version 1, topic "t" with 0 and 3, "bkes" with 1.
const bytes two_topics =
    "\0\1\0\0\0\2\0\1t\0\0\0\2\0\0\0\0\0\0\0\3\0\4bkes\0\0\0\1\0\0\0\1\xff\xff\xff\xff"s;

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_membership_member_assignment)

BOOST_AUTO_TEST_CASE(is_read) {
    const std::vector<assigned_partition> expected{
        {"t", partition_id{0}}, {"t", partition_id{3}}, {"bkes", partition_id{1}}};
    BOOST_TEST((read_member_assignment(two_topics) == expected));
}

BOOST_AUTO_TEST_CASE(while_a_group_rebalances_it_is_empty) {
    BOOST_TEST(read_member_assignment({}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_ends_it) {
    for (std::size_t size = 0; size < two_topics.size(); ++size) {
        BOOST_TEST(read_member_assignment(bytes_view{two_topics}.substr(0, size)).size() <= 3U);
    }
}

BOOST_AUTO_TEST_CASE(lengths_that_lie_end_it) {
    BOOST_TEST(read_member_assignment("\0\1\x7f\xff\xff\xff"s).empty());
    BOOST_TEST(read_member_assignment("\0\1\0\0\0\1\x7f\xfft"s).empty());
}

BOOST_AUTO_TEST_SUITE_END()
