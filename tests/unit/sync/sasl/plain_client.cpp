#include "sync/sasl/plain_client.hpp"

#include "sync/sasl/sasl_errors.hpp"
#include "sync/sasl/session_lifetime.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::sync;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sync_sasl_plain_client)

BOOST_AUTO_TEST_CASE(plain_says_all_at_once) {
    const auto client = make_plain_client("alice", "a-secret");
    BOOST_TEST(client->mechanism() == "PLAIN");
    BOOST_TEST((client->first_message() == bkes::bytes{"\0alice\0a-secret", 15}));
    const auto done = client->answered("");
    BOOST_REQUIRE(done.has_value());
    BOOST_TEST(!*done);
}

BOOST_AUTO_TEST_CASE(plain_is_asked_nothing) {
    const auto client = make_plain_client("alice", "a-secret");
    client->first_message();
    BOOST_TEST((client->answered("and?").error() == sasl_errc::bad_challenge));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sync_sasl_session_lifetime)

BOOST_AUTO_TEST_CASE(the_next_login_begins_before_the_last_is_over) {
    BOOST_TEST(!next_login_after(0ms));
    BOOST_TEST(!next_login_after(-1ms));
    BOOST_TEST((next_login_after(1h) == 48min));
    BOOST_TEST((next_login_after(10s) == 8s));
}

BOOST_AUTO_TEST_CASE(but_not_before_brokers_take_one) {
    BOOST_TEST((next_login_after(1ms) == 1'100ms));
    BOOST_TEST((next_login_after(1'300ms) == 1'100ms));
}

BOOST_AUTO_TEST_SUITE_END()
