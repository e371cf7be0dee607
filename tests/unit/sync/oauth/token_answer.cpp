#include "sync/oauth/token_answer.hpp"

#include "sync/sasl/session_lifetime.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::sync;
using namespace std::chrono_literals;

namespace {

std::string refused(unsigned status, std::string_view body) {
    const auto answer = read_token_answer(status, body);
    return answer ? "accepted" : answer.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_oauth_token_answer)

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_with_its_scope) {
    BOOST_TEST(token_request_body("") == "grant_type=client_credentials");
    BOOST_TEST(token_request_body("kafka:read a&b=c_-.~") ==
               "grant_type=client_credentials&scope=kafka%3Aread%20a%26b%3Dc_-.~");
}

/// RFC 6749, section 5.1.
BOOST_AUTO_TEST_CASE(a_token_is_given) {
    const auto answer = read_token_answer(200, R"({
        "access_token":"2YotnFZFEjr1zCsicMWpAA",
        "token_type":"Bearer",
        "expires_in":3600,
        "example_parameter":"example_value"})");
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->value == "2YotnFZFEjr1zCsicMWpAA");
    BOOST_TEST((answer->lifetime == 1h));
    BOOST_TEST(
        read_token_answer(200, R"({"access_token":"a","token_type":"bearer","expires_in":1})")
            .has_value());
}

BOOST_AUTO_TEST_CASE(a_token_for_ever_is_renewed_all_the_same) {
    const auto answer = read_token_answer(
        200, R"({"access_token":"a","token_type":"Bearer","expires_in":9223372036854775807})");
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST((answer->lifetime == std::chrono::days{30}));
}

/// RFC 6749, section 5.2.
BOOST_AUTO_TEST_CASE(a_refusal_is_told_in_its_own_words) {
    BOOST_TEST(refused(400, R"({"error":"invalid_scope","error_description":"no such"})") ==
               "HTTP status 400: invalid_scope: no such");
    BOOST_TEST(refused(500, "<html>") == "HTTP status 500");
    BOOST_TEST(refused(302, "") == "HTTP status 302");
    // Also not where it would be a token.
    BOOST_TEST(refused(201, R"({"access_token":"a","token_type":"Bearer","expires_in":1})") ==
               "HTTP status 201");
}

BOOST_AUTO_TEST_CASE(a_refusal_forges_no_line) {
    BOOST_TEST(refused(400, R"({"error":"a\n\"b\u0007\u00e9"})") == "HTTP status 400: a??b???");
    const auto longer = R"({"error":")" + std::string(100'000, 'x') + R"("})";
    BOOST_TEST(refused(400, longer).size() < 300U);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer) {
    for (const auto* const body : {"", "null", "[]", "\"a\"", "{", "{}}", "<html></html>"}) {
        BOOST_TEST(refused(200, body) == "the answer is no JSON object", body);
    }
    BOOST_TEST(refused(200, std::string(50'000, '[')) == "the answer is no JSON object");
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_token) {
    for (const auto* const token :
         {"", R"("access_token":"",)", R"("access_token":7,)", R"("access_token":null,)",
          R"("access_token":"a b",)", R"("access_token":"a\u0001b",)"}) {
        const auto body = std::string{"{"} + token + R"("token_type":"Bearer","expires_in":10})";
        BOOST_TEST(refused(200, body) == "the answer's access_token is missing, or is no token",
                   body);
    }
    for (const auto* const type : {"", R"("token_type":"mac",)", R"("token_type":1,)"}) {
        const auto body = std::string{"{"} + type + R"("access_token":"a","expires_in":10})";
        BOOST_TEST(refused(200, body).contains("token_type"), body);
    }
    for (const auto* const time : {"0", "-1", "-9223372036854775808", "1e300", "1.5", "\"3600\"",
                                   "null", "[]", "18446744073709551615"}) {
        const auto body =
            R"({"access_token":"a","token_type":"Bearer","expires_in":)" + std::string{time} + "}";
        BOOST_TEST(refused(200, body) == "the answer's expires_in is no number of seconds", body);
    }
    BOOST_TEST(refused(200, R"({"access_token":"a","token_type":"Bearer"})") ==
               "the answer's expires_in is no number of seconds");
}

BOOST_AUTO_TEST_CASE(the_next_token_is_there_before_the_next_login) {
    for (const auto lifetime : {8s, 60s, 3600s}) {
        BOOST_TEST((next_token_after(lifetime) < *next_login_after(lifetime)));
    }
}

/// RFC 7519, section 6.1: an unsecured token.
BOOST_AUTO_TEST_CASE(whom_a_token_is_for) {
    BOOST_TEST(
        !subject_of("eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogI"
                    "mh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."));
    // {"sub":">>?bkes~~"}
    BOOST_TEST(subject_of("e30.eyJzdWIiOiI-Pj9ia2Vzfn4ifQ.c2ln").value_or("") == ">>?bkes~~");
    for (const auto* const none :
         {"", "opaque", "a.b", "a.b.c", "..", "a.e30.", "a.!.b", "a.W10.b", "a.eyJzdWIiOjd9.b"}) {
        BOOST_TEST(!subject_of(none), none);
    }
}

BOOST_AUTO_TEST_SUITE_END()
