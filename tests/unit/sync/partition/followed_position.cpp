#include "sync/partition/followed_position.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;

constexpr read_moment at{100h};

log_reach reach(std::int64_t offset, std::int32_t epoch = -1) {
    return {.next_offset = log_offset{offset}, .epoch = leader_epoch{epoch}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_partition_followed_position)

BOOST_AUTO_TEST_CASE(answers_what_began_before_the_question) {
    followed_position one;
    BOOST_TEST(!one.next_question(at, reach(0)));
    BOOST_TEST((one.answers(reach(9)) == read_moment::min()));
    BOOST_TEST(one.is_quiet(reach(0)));
    BOOST_TEST(one.want(at));
    BOOST_TEST(!one.is_quiet(reach(0)));
    BOOST_TEST(one.next_question(at + 5ms, reach(0)));
    one.answered(reach(7));
    BOOST_TEST((one.answers(reach(6)) == read_moment::min()));
    BOOST_TEST(!one.is_quiet(reach(6)));
    BOOST_TEST(one.is_quiet(reach(7)));
    BOOST_TEST((one.answers(reach(7)) == at + 5ms));
    BOOST_TEST(!one.want(at + 5ms));
    BOOST_TEST(!one.next_question(at + 6ms, reach(7)));
}

BOOST_AUTO_TEST_CASE(what_begins_meanwhile_waits_for_the_next_one) {
    followed_position one;
    one.want(at);
    BOOST_TEST(one.next_question(at, reach(0)));
    BOOST_TEST(one.want(at + 1ms));
    BOOST_TEST(!one.next_question(at + 1ms, reach(0)));
    one.answered(reach(7));
    BOOST_TEST((one.answers(reach(7)) == at));
    BOOST_TEST(one.next_question(at + 2ms, reach(7)));
}

BOOST_AUTO_TEST_CASE(asks_again_if_nobody_said_so) {
    followed_position one;
    one.want(at);
    BOOST_TEST(one.next_question(at, reach(0)));
    one.answered(std::nullopt);
    BOOST_TEST((one.answers(reach(9)) == read_moment::min()));
    BOOST_TEST(one.next_question(at + 1ms, reach(0)));
}

BOOST_AUTO_TEST_CASE(what_an_election_took_does_not_count) {
    followed_position one;
    one.want(at);
    BOOST_TEST(one.next_question(at, reach(0)));
    one.answered(reach(7, 3));
    BOOST_TEST((one.answers(reach(8, 2)) == read_moment::min()));
    BOOST_TEST((one.answers(reach(8, 3)) == at));
    BOOST_TEST((one.answers(reach(8, 4)) == at));
    BOOST_TEST((one.answers(reach(8)) == at));  // whose records were taken away by retention
}

BOOST_AUTO_TEST_CASE(asks_again_for_what_does_not_come) {
    followed_position one;
    one.want(at);
    BOOST_TEST(one.next_question(at, reach(0)));
    one.answered(reach(7));
    BOOST_TEST(!one.next_question(at + 500ms, reach(6)));
    BOOST_TEST(!one.next_question(at + 501ms, reach(7)));
    BOOST_TEST(one.next_question(at + 501ms, reach(6)));
    one.answered(reach(6));
    BOOST_TEST((one.answers(reach(6)) == at + 501ms));
}

BOOST_AUTO_TEST_SUITE_END()
