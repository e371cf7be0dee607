#include "protocol/kafka_error.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

BOOST_AUTO_TEST_SUITE(protocol_kafka_error)

BOOST_AUTO_TEST_CASE(names_codes_as_kafka_does) {
    BOOST_TEST(name_of(kafka_error::none) == "NONE");
    BOOST_TEST(name_of(kafka_error::policy_violation) == "POLICY_VIOLATION");
    BOOST_TEST(static_cast<int>(kafka_error::policy_violation) == 44);
    BOOST_TEST(name_of(static_cast<kafka_error>(-1)) == "UNKNOWN_SERVER_ERROR");
    BOOST_TEST(name_of(static_cast<kafka_error>(100)) == "UNKNOWN_TOPIC_ID");
    BOOST_TEST(name_of(static_cast<kafka_error>(133)) == "SHARE_SESSION_LIMIT_REACHED");
    BOOST_TEST(name_of(static_cast<kafka_error>(9999)) == "UNKNOWN");
}

BOOST_AUTO_TEST_CASE(knows_which_codes_clients_retry) {
    BOOST_TEST(is_retriable(kafka_error::not_enough_replicas));
    BOOST_TEST(is_retriable(kafka_error::not_leader_or_follower));
    BOOST_TEST(!is_retriable(kafka_error::policy_violation));
    BOOST_TEST(!is_retriable(kafka_error::none));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
