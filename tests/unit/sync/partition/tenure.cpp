#include "sync/partition/tenure.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;

constexpr boot_clock::time_point then{100h};

/// As the group says.
assignment wanted() {
    assignment group;
    group.assigned();
    return group;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_tenure)

BOOST_AUTO_TEST_CASE(what_is_not_shared_is_held) {
    tenure one{false};
    BOOST_TEST(one.is_held());
    BOOST_TEST(!one.begin(wanted()));
    BOOST_TEST(!one.end({}));
}

BOOST_AUTO_TEST_CASE(begins_when_the_group_wants_it) {
    tenure one{true};
    BOOST_TEST(!one.is_held());
    BOOST_TEST(!one.begin(assignment{}));
    BOOST_TEST(one.begin(wanted()));
    BOOST_TEST(one.is_held());
    BOOST_TEST(!one.begin(wanted()));
    BOOST_TEST(!one.end({}));
}

BOOST_AUTO_TEST_CASE(ends_when_nothing_is_left) {
    tenure one{true};
    BOOST_TEST(one.begin(wanted()));
    one.lost();
    BOOST_TEST(!one.is_held());
    BOOST_TEST(!one.begin(wanted()));
    BOOST_TEST(!one.end({.in_flight_batches = 1}));
    BOOST_TEST(!one.end({.unstored_batches = 1}));
    BOOST_TEST(!one.end({.redirected_appends = 1}));
    BOOST_TEST(one.end({}));
    BOOST_TEST(!one.end({}));
    BOOST_TEST(one.begin(wanted()));
}

BOOST_AUTO_TEST_CASE(decides_itself_what_is_left_if_it_is_the_next_owner) {
    tenure one{true};
    auto group = wanted();
    BOOST_TEST(!one.decides_itself(group));
    BOOST_TEST(one.begin(group));
    BOOST_TEST(!one.decides_itself(group));
    one.lost();
    group.lost(then);
    BOOST_TEST(!one.decides_itself(group));
    group.seen_as_ours(then);
    BOOST_TEST(!one.decides_itself(group));
    group.seen_as_ours(then + 1ms);
    BOOST_TEST(one.decides_itself(group));
    group.revoked(then + 2ms);
    BOOST_TEST(!one.decides_itself(group));
}

BOOST_AUTO_TEST_SUITE_END()
