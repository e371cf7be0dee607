#include "store/stored_head.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes;
using namespace bkes::store;

namespace {

stored_head head_in(std::int32_t partition, std::int64_t first_timestamp_ms, std::int64_t count) {
    stored_head entry;
    entry.head.partition = partition_id{partition};
    entry.head.first_timestamp_ms = first_timestamp_ms;
    entry.head.next_order = event_order{count};
    return entry;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_stored_head)

BOOST_AUTO_TEST_CASE(home_has_the_lowest_first_timestamp) {
    head_list heads{head_in(0, 9, 1), head_in(1, -3, 1), head_in(2, 4, 1)};
    sort_home_first(heads);
    BOOST_TEST(heads[0].head.partition.value() == 1);
    BOOST_TEST(heads[1].head.partition.value() == 2);
}

BOOST_AUTO_TEST_CASE(lowest_number_is_home_when_timestamps_are_equal) {
    head_list heads{head_in(4, 9, 1), head_in(2, 9, 1)};
    sort_home_first(heads);
    BOOST_TEST(heads[0].head.partition.value() == 2);
}

BOOST_AUTO_TEST_CASE(emptied_heads_come_last) {
    head_list heads{head_in(0, 1, 0), head_in(1, 2, 1)};
    sort_home_first(heads);
    BOOST_TEST(heads[0].head.partition.value() == 1);
}

BOOST_AUTO_TEST_CASE(finds_the_head_of_a_partition) {
    const head_list heads{head_in(4, 9, 1), head_in(2, 9, 1)};
    BOOST_TEST(index_of(heads, partition_id{2}) == 1U);
    BOOST_TEST(index_of(heads, partition_id{3}) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
