#include "sync/sasl/oauthbearer_client.hpp"

#include "sync/sasl/sasl_errors.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::sync;

BOOST_AUTO_TEST_SUITE(sync_sasl_oauthbearer_client)

/// RFC 7628, section 4.1, without what is for mail servers.
constexpr auto token_of_the_rfc = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

BOOST_AUTO_TEST_CASE(a_token_is_said_at_once) {
    const auto client = make_oauthbearer_client(token_of_the_rfc, {});
    BOOST_TEST(client->mechanism() == "OAUTHBEARER");
    BOOST_TEST(client->first_message() ==
               "n,,\x01"
               "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01");
    const auto done = client->answered("");
    BOOST_REQUIRE(done.has_value());
    BOOST_TEST(!*done);
}

BOOST_AUTO_TEST_CASE(extensions_go_with_it) {
    const auto client = make_oauthbearer_client(
        "t", {{.key = "host", .value = "server.example.com"}, {.key = "port", .value = "143"}});
    BOOST_TEST(client->first_message() ==
               "n,,\x01"
               "auth=Bearer t\x01host=server.example.com\x01port=143\x01\x01");
}

/// RFC 7628, section 4.3: the reason is answered with one byte, and then comes the no. A server that
/// says yes to that has not let anybody in.
BOOST_AUTO_TEST_CASE(a_refusal_is_answered_and_stays_one) {
    const auto client = make_oauthbearer_client(token_of_the_rfc, {});
    client->first_message();
    const auto next = client->answered(
        R"({"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com"})");
    BOOST_REQUIRE(next.has_value());
    BOOST_REQUIRE(next->has_value());
    BOOST_TEST(**next == "\x01");
    BOOST_TEST((client->answered("").error() == sasl_errc::refused));
    BOOST_TEST((client->answered("more").error() == sasl_errc::refused));
}

BOOST_AUTO_TEST_CASE(extensions_are_parsed) {
    const std::vector<sasl_extension> expected{{.key = "supportFeatureX", .value = "true"},
                                               {.key = "organizationId", .value = "sales = emea"}};
    BOOST_TEST(
        (parse_sasl_extensions("supportFeatureX=true,organizationId=sales = emea") == expected));
    BOOST_TEST(parse_sasl_extensions("")->empty());
}

BOOST_AUTO_TEST_CASE(extensions_that_could_be_something_else_are_refused) {
    for (const auto* const wrong :
         {"a", "=b", "a b=c", "auth=Bearer x", "a1=b", "a=\x01", "a=\xc3", "a=b,,c=d", ",a=b"}) {
        BOOST_TEST(!parse_sasl_extensions(wrong), wrong);
    }
}

BOOST_AUTO_TEST_SUITE_END()
