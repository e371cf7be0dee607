#include "proxy/web/credentials.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_web_credentials)

using namespace bkes;
using namespace bkes::proxy;

BOOST_AUTO_TEST_CASE(a_user_and_a_password) {
    const auto who = read_credentials("Basic b3JkZXJzOmE6YiBj");  // orders:a:b c
    BOOST_REQUIRE(who);
    BOOST_TEST(who->username == "orders");
    BOOST_TEST(who->password == "a:b c");
    BOOST_TEST(!who->is_nobody());
    BOOST_TEST((read_credentials("bAsIc  b3JkZXJzOmE6YiBj ").value() == *who));
}

BOOST_AUTO_TEST_CASE(a_token) {
    const auto who = read_credentials("Bearer a.b-c_d~e+f/g==");
    BOOST_REQUIRE(who);
    BOOST_TEST(who->token == "a.b-c_d~e+f/g==");
    BOOST_TEST(!who->is_nobody());
}

BOOST_AUTO_TEST_CASE(nobody) {
    BOOST_TEST(read_credentials("").value().is_nobody());
}

BOOST_AUTO_TEST_CASE(what_cant_be_read_is_not_repeated) {
    // No Base64, no colon, no user, no UTF-8, another scheme, no word behind it, two tokens.
    for (const auto* header : {"Basic secret!", "Basic c2VjcmV0",
                               "Basic OnNlY3JldA==", "Basic c2VjcmV0Ov8=", "Digest secret", "Basic",
                               "Bearer secret two"}) {
        const auto who = read_credentials(header);
        BOOST_REQUIRE_MESSAGE(!who, header);
        BOOST_TEST(who.error().status == 400U);
        BOOST_TEST(!who.error().detail.contains("secret"));
    }
}

BOOST_AUTO_TEST_CASE(brokers_are_told_by_the_mechanism) {
    const credentials who{.username = "orders", .password = "p", .token = "t"};
    const auto first = [&](sync::sasl_mechanism by) {
        const auto login = login_of(who, by, std::nullopt);
        BOOST_TEST(login->mechanism() == name_of(by));
        return login->first_message();
    };
    BOOST_TEST(first(sync::sasl_mechanism::plain) == (bytes{"\0orders\0p", 9}));
    BOOST_TEST(first(sync::sasl_mechanism::scram_sha_256).starts_with("n,,n=orders,r="));
    BOOST_TEST(first(sync::sasl_mechanism::scram_sha_512).starts_with("n,,n=orders,r="));
    BOOST_TEST(first(sync::sasl_mechanism::oauthbearer).contains("auth=Bearer t"));
}

BOOST_AUTO_TEST_SUITE_END()
