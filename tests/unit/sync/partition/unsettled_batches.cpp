#include "sync/partition/unsettled_batches.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;

const read_moment early{1h};
constexpr batch_id first{1};
constexpr batch_id second{2};

struct fixture {
    unsettled_batches batches;

    void send(batch_id id, bytes_view key, read_moment at) {
        batches.sent(id, {unsettled_batches::slot_of(key)}, at);
    }

    void check_settled() {
        BOOST_TEST((batches.settled_until() == read_moment::max()));
        BOOST_TEST(!batches.may_hold("k"));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_partition_unsettled_batches, fixture)

BOOST_AUTO_TEST_CASE(what_is_written_settles_when_it_is_stored) {
    check_settled();
    send(first, "k", early);
    BOOST_TEST((batches.settled_until() == early));
    BOOST_TEST(batches.may_hold("k"));
    BOOST_TEST(!batches.may_hold("another"));
    BOOST_TEST(!batches.stored(log_offset{100}));  // by others
    batches.written(first, log_offset{103});
    BOOST_TEST(!batches.stored(log_offset{102}));
    BOOST_TEST(batches.may_hold("k"));
    BOOST_TEST(batches.stored(log_offset{103}));
    check_settled();
}

BOOST_AUTO_TEST_CASE(what_is_not_written_settles_at_once) {
    send(first, "k", early);
    batches.not_written(first);
    check_settled();
    batches.not_written(first);
    check_settled();
}

BOOST_AUTO_TEST_CASE(the_oldest_counts) {
    send(first, "k", early);
    send(second, "k", early + 1s);
    batches.written(second, log_offset{2});
    BOOST_TEST(batches.stored(log_offset{2}));
    BOOST_TEST((batches.settled_until() == early));
    BOOST_TEST(batches.may_hold("k"));
    batches.not_written(first);
    check_settled();
}

BOOST_AUTO_TEST_CASE(what_a_cut_took_is_settled_and_what_is_unknown_is_not) {
    send(first, "k", early);
    send(second, "k", early + 1s);
    batches.written(first, log_offset{7});
    batches.cut(log_offset{6});
    BOOST_TEST((batches.settled_until() == early + 1s));
    batches.clear();
    check_settled();
}

BOOST_AUTO_TEST_SUITE_END()
