#include "sync/oauth/token_endpoint.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::sync;

BOOST_AUTO_TEST_SUITE(sync_oauth_token_endpoint)

BOOST_AUTO_TEST_CASE(urls_are_taken_apart) {
    const auto full = parse_token_endpoint("https://id.example.com:8443/realms/a/token?b=c");
    BOOST_REQUIRE(full.has_value());
    BOOST_TEST(full->is_tls);
    BOOST_TEST(full->host == "id.example.com");
    BOOST_TEST(full->port == 8443);
    BOOST_TEST(full->target == "/realms/a/token?b=c");
    BOOST_TEST(full->authority() == "id.example.com:8443");
    const auto bare = parse_token_endpoint("https://id.example.com");
    BOOST_REQUIRE(bare.has_value());
    BOOST_TEST(bare->port == 443);
    BOOST_TEST(bare->target == "/");
    BOOST_TEST(bare->authority() == "id.example.com");
    const auto six = parse_token_endpoint("https://[2001:db8::1]:444/t");
    BOOST_REQUIRE(six.has_value());
    BOOST_TEST(six->host == "2001:db8::1");
    BOOST_TEST(six->authority() == "[2001:db8::1]:444");
}

BOOST_AUTO_TEST_CASE(a_secret_leaves_this_machine_under_tls_only) {
    for (const auto* const here : {"http://127.0.0.1:8080/t", "http://localhost/t",
                                   "http://[::1]:80/t", "http://127.8.9.1/t"}) {
        const auto found = parse_token_endpoint(here);
        BOOST_REQUIRE_MESSAGE(found.has_value(), here);
        BOOST_TEST(!found->is_tls);
    }
    for (const auto* const elsewhere :
         {"http://id.example.com/t", "http://10.0.0.1/t", "http://localhost.example.com/t",
          "http://127.0.0.1.example.com/t", "http://[2001:db8::1]/t"}) {
        const auto found = parse_token_endpoint(elsewhere);
        BOOST_REQUIRE_MESSAGE(!found.has_value(), elsewhere);
        BOOST_TEST(found.error().contains("https:// is needed"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_endpoint) {
    for (const auto* const wrong :
         {"", "id.example.com/t", "ftp://id.example.com/t", "https://", "https://:443/t",
          "https://id.example.com:65536/t", "https://id.example.com:a/t",
          "https://id.example.com/a b", "https://id.example.com/\r\nHost: other",
          "https://me:secret@id.example.com/t", "https://id.example.com/t#f"}) {
        BOOST_TEST(!parse_token_endpoint(wrong), wrong);
    }
}

BOOST_AUTO_TEST_SUITE_END()
