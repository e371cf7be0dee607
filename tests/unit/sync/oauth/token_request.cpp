#include "sync/oauth/token_request.hpp"

#include "tests/support/http_peer.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/tls_front.hpp"
#include "tests/support/tls_peer.hpp"

#include <memory>
#include <optional>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;

constexpr auto good = R"({"access_token":"a-token","token_type":"Bearer","expires_in":10})";

struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{10s} {}

    bkes::test::http_peer peer{context};
    token_request request{
        .endpoint = {.is_tls = false, .host = "127.0.0.1", .port = peer.port(), .target = "/t?u=v"},
        .client_id = "me",
        .client_secret = "a-secret",
        .scope = "s"};

    /// The token, or why there is none.
    std::string ask() {
        std::optional<std::string> outcome;
        ask_for_token(context, request,
                      [&](auto answer) { outcome = answer ? answer->value : answer.error(); });
        run_until([&] { return outcome.has_value(); });
        return *outcome;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_oauth_token_request, fixture)

BOOST_AUTO_TEST_CASE(a_token_is_fetched) {
    peer.answer_with("200 OK", good);
    BOOST_TEST(ask() == "a-token");
    BOOST_TEST(peer.heard.starts_with("POST /t?u=v HTTP/1.1\r\n"));
    BOOST_TEST(peer.heard.contains("Authorization: Basic bWU6YS1zZWNyZXQ=\r\n"));
    BOOST_TEST(peer.heard.contains("Content-Type: application/x-www-form-urlencoded\r\n"));
    BOOST_TEST(peer.heard.ends_with("\r\n\r\ngrant_type=client_credentials&scope=s"));
}

BOOST_AUTO_TEST_CASE(a_redirect_is_not_followed) {
    bkes::test::http_peer elsewhere{context};
    elsewhere.answer_with("200 OK", good);
    peer.answer = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:" +
                  std::to_string(elsewhere.port()) + "/t\r\nContent-Length: 0\r\n\r\n";
    BOOST_TEST(ask() == "HTTP status 307");
    BOOST_TEST(elsewhere.connections == 0);
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_not_read) {
    const std::string much(100'000, ' ');
    peer.answer_with("200 OK", much + good);
    BOOST_TEST(ask() == "body limit exceeded");
    peer.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + much;
    BOOST_TEST(ask() == "body limit exceeded");
    peer.answer = "HTTP/1.1 200 OK\r\nA: " + much + "\r\n\r\n";
    BOOST_TEST(ask() == "header limit exceeded");
}

BOOST_AUTO_TEST_CASE(what_is_no_http) {
    peer.answer = "SSH-2.0-OpenSSH_9.2\r\n";
    BOOST_TEST(ask() == "bad version");
    peer.answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{";
    BOOST_TEST(ask() == "partial message");
}

BOOST_AUTO_TEST_CASE(whoever_says_nothing_is_not_waited_for) {
    request.timeout = 100ms;
    BOOST_TEST(ask() == "no answer in time");
}

BOOST_AUTO_TEST_CASE(under_tls_only_to_whom_the_certificate_is_for) {
    peer.answer_with("200 OK", good);
    bkes::test::authority ca{"bkes token_request"};
    bkes::test::authority stranger{"bkes token_request stranger"};
    bkes::test::tls_front front{
        context, bkes::test::make_server(ca.sign_for("server", "IP:127.0.0.1")), peer.port()};
    request.endpoint.is_tls = true;
    request.endpoint.port = front.port();
    request.tls = tls_client{*make_client_context({.ca_location = ca.location()}, "")};
    BOOST_TEST(ask() == "a-token");
    peer.heard.clear();
    request.tls = tls_client{*make_client_context({.ca_location = stranger.location()}, "")};
    BOOST_TEST(ask().contains("certificate is refused"));
    request.tls = tls_client{*make_client_context({.ca_location = ca.location()}, "")};
    request.endpoint.host = "localhost";
    BOOST_TEST(ask().contains("certificate is refused"));
    BOOST_TEST(peer.heard.empty());
    front.stop();
}

BOOST_AUTO_TEST_SUITE_END()
