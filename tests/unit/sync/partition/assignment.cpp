#include "sync/partition/assignment.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

BOOST_AUTO_TEST_SUITE(sync_partition_assignment)

using namespace bkes::sync;
using namespace std::chrono_literals;

namespace {

constexpr assignment::time_point at_loss{10s};

assignment lost_while_assigned() {
    assignment partition;
    partition.assigned();
    partition.lost(at_loss);
    return partition;
}

}  // namespace

BOOST_AUTO_TEST_CASE(is_wanted_from_assigned_to_revoked) {
    assignment partition;
    BOOST_TEST(!partition.is_wanted());
    partition.assigned();
    BOOST_TEST(partition.is_wanted());
    partition.revoked(at_loss);
    BOOST_TEST(!partition.is_wanted());
    partition.assigned();
    BOOST_TEST(partition.is_wanted());
}

BOOST_AUTO_TEST_CASE(after_a_loss_it_is_wanted_when_a_later_look_shows_it_as_ours) {
    auto partition = lost_while_assigned();
    BOOST_TEST(!partition.is_wanted());
    partition.seen_as_ours(at_loss + 1ns);
    BOOST_TEST(partition.is_wanted());
}

// Who took over may have been assigned it after that look.
BOOST_AUTO_TEST_CASE(a_look_from_before_the_loss_proves_nothing) {
    auto partition = lost_while_assigned();
    partition.seen_as_ours(at_loss - 1ns);
    BOOST_TEST(!partition.is_wanted());
    partition.seen_as_ours(at_loss);
    BOOST_TEST(!partition.is_wanted());
}

BOOST_AUTO_TEST_CASE(each_loss_wants_a_look_of_its_own) {
    auto partition = lost_while_assigned();
    partition.seen_as_ours(at_loss + 1s);
    partition.lost(at_loss + 2s);
    BOOST_TEST(!partition.is_wanted());
    partition.seen_as_ours(at_loss + 1s);
    BOOST_TEST(!partition.is_wanted());
    partition.seen_as_ours(at_loss + 3s);
    BOOST_TEST(partition.is_wanted());
}

// The member hears of its assignment late: the loss may be the later of both.
BOOST_AUTO_TEST_CASE(being_assigned_anew_does_not_end_the_doubt) {
    auto partition = lost_while_assigned();
    partition.revoked(at_loss);
    partition.assigned();
    BOOST_TEST(!partition.is_wanted());
    partition.seen_as_ours(at_loss + 1s);
    BOOST_TEST(partition.is_wanted());
}

// A partition that is new was given before there was anybody to hear of it.
BOOST_AUTO_TEST_CASE(a_look_later_than_the_revocation_assigns) {
    assignment partition;
    partition.seen_as_ours(at_loss);
    BOOST_TEST(partition.is_wanted());
    partition.revoked(at_loss + 1s);
    partition.seen_as_ours(at_loss + 1s);
    BOOST_TEST(!partition.is_wanted());
    partition.seen_as_ours(at_loss + 2s);
    BOOST_TEST(partition.is_wanted());
}

BOOST_AUTO_TEST_SUITE_END()
