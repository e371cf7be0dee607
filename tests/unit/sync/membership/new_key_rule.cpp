#include "sync/membership/new_key_rule.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(sync_membership_new_key_rule)

using namespace bkes::sync;

namespace {

void check_round_trip(const new_key_rule& rule, const std::string& text) {
    BOOST_TEST(text_of(rule) == text);
    BOOST_TEST((parse_new_key_rule(text) == rule), text);
}

}  // namespace

BOOST_AUTO_TEST_CASE(is_read_as_it_was_written) {
    check_round_trip({.by = partitioner::murmur2, .partitions = 12}, "bkes:1:murmur2:12");
    check_round_trip({.by = partitioner::crc32, .partitions = 1}, "bkes:1:crc32:1");
    check_round_trip(
        {.by = partitioner::crc32, .partitions = std::numeric_limits<std::int32_t>::max()},
        "bkes:1:crc32:2147483647");
}

BOOST_AUTO_TEST_CASE(is_nothing_else) {
    for (const auto* const text : {"",
                                   "murmur2:12",
                                   "bkes",
                                   "bkes:1",
                                   "bkes:1:",
                                   "bkes:1::",
                                   "bkes:1:12",
                                   "bkes:1:murmur2",
                                   "bkes:1:murmur2:",
                                   "bkes:1::12",
                                   "bkes:2:murmur2:12",
                                   "Bkes:1:murmur2:12",
                                   "bkes:1:murmur3:12",
                                   "bkes:1:Murmur2:12",
                                   "bkes:1:murmur2 :12",
                                   "bkes:1:murmur2:0",
                                   "bkes:1:murmur2:-1",
                                   "bkes:1:murmur2:+1",
                                   "bkes:1:murmur2: 1",
                                   "bkes:1:murmur2:1 ",
                                   "bkes:1:murmur2:1x",
                                   "bkes:1:murmur2:0x1",
                                   "bkes:1:murmur2:2147483648",
                                   "bkes:1:murmur2:12:more",
                                   "bkes:1:murmur2:crc32:12"}) {
        BOOST_TEST(!parse_new_key_rule(text), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
