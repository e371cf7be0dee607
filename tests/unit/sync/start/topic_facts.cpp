#include "sync/start/topic_facts.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using bkes::sync::keep_alive_interval;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

}  // namespace

BOOST_AUTO_TEST_SUITE(topic_facts)

BOOST_AUTO_TEST_CASE(a_quiet_connection_speaks_well_before_a_broker_closes_it) {
    BOOST_TEST((keep_alive_interval(5s) == 1250ms));
    BOOST_TEST((keep_alive_interval(1min) == 15s));
}

BOOST_AUTO_TEST_CASE(and_at_least_twice_a_minute) {
    BOOST_TEST((keep_alive_interval(10min) == 30s));
    BOOST_TEST((keep_alive_interval(milliseconds::max()) == 30s));
}

BOOST_AUTO_TEST_CASE(often_if_nobody_may_ask_when_brokers_close) {
    BOOST_TEST((keep_alive_interval(std::nullopt) == 1s));
}

BOOST_AUTO_TEST_CASE(but_never_without_a_pause) {
    BOOST_TEST((keep_alive_interval(0ms) == 100ms));
}

BOOST_AUTO_TEST_SUITE_END()
