#include "sync/log/fill_watch.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::sync;

BOOST_AUTO_TEST_SUITE(sync_fill_watch)

BOOST_AUTO_TEST_CASE(only_much_to_read_is_worth_it_and_both_ends_are_told_once) {
    using change = fill_watch::change;
    fill_watch watch;
    BOOST_TEST((watch.update(0) == change::none));
    BOOST_TEST((watch.update(100'000) == change::none));
    BOOST_TEST((watch.update(1'000'000) == change::begins));
    BOOST_TEST((watch.update(2'000'000) == change::none));
    BOOST_TEST((watch.update(100'000) == change::none));
    BOOST_TEST((watch.update(1'000) == change::ends));
    BOOST_TEST((watch.update(0) == change::none));
    BOOST_TEST((watch.update(100'000) == change::none));
    BOOST_TEST((watch.update(1'000'000) == change::begins));
}

BOOST_AUTO_TEST_SUITE_END()
