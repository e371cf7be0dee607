#include "sync/net/sasl_nonce.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sync_net_sasl_nonce)

BOOST_AUTO_TEST_CASE(each_is_another_of_printable_characters_without_a_comma) {
    const auto one = bkes::sync::new_sasl_nonce();
    BOOST_TEST(one.size() >= 18);
    BOOST_TEST(one != bkes::sync::new_sasl_nonce());
    for (const char c : one) {
        BOOST_TEST((c > 0x20 && c < 0x7f && c != ','));
    }
}

BOOST_AUTO_TEST_SUITE_END()
