// broker_link under TLS, and where the broker wants a login.

#include "protocol/messages/metadata.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/net/link_security.hpp"
#include "sync/net/tls_errors.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_broker.hpp"
#include "tests/support/tls_front.hpp"
#include "tests/support/tls_peer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::reply;
using bkes::test::scripted_broker;

constexpr std::int16_t api_versions_key = protocol::api_versions_request::schema.key;
constexpr std::int16_t handshake_key = protocol::sasl_handshake_request::schema.key;
constexpr std::int16_t authenticate_key = protocol::sasl_authenticate_request::schema.key;
constexpr std::int16_t metadata_key = protocol::metadata_request::schema.key;
constexpr protocol::version_range metadata_versions{.min = 7, .max = 12};

class scripted_tokens final : public token_source {
  public:
    std::string value;  ///< empty: there is none
    int doubts = 0;

    std::expected<access_token, std::string> current() override {
        if (value.empty()) {
            return std::unexpected{std::string{"the endpoint is away"}};
        }
        return access_token{.value = value, .subject = "alice", .expires = {}};
    }

    void doubt() override { ++doubts; }
};

/// A broker that lets in whoever says PLAIN and the right password.
struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{10s} {}

    std::vector<std::int16_t> seen;  ///< the keys of all requests
    bytes password = "a-secret";
    std::int64_t lifetime_ms = 0;
    bytes alert;  ///< the only answer, if set
    scripted_broker broker{
        context, [this](const protocol::request_view& request) { return answer(request); }};
    security_options options{
        .protocol = security_protocol::sasl_plaintext, .username = "alice", .password = "a-secret"};
    std::shared_ptr<scripted_tokens> tokens;  ///< with OAUTHBEARER
    std::shared_ptr<broker_link> link;
    std::optional<std::error_code> opened;
    int answers = 0;
    std::vector<std::error_code> errors;

    ~fixture() {
        if (link) {
            link->close();
        }
        broker.stop();
        context.restart();
        context.run_for(1s);
    }

    reply answer(const protocol::request_view& request) {
        seen.push_back(request.header.key);
        if (!alert.empty()) {
            return {.what = reply::kind::send, .frame = alert};
        }
        switch (request.header.key) {
            case api_versions_key:
                return scripted_broker::answer_versions(request);
            case handshake_key: {
                protocol::sasl_handshake_response response;
                response.mechanisms = {"PLAIN", "GSSAPI"};
                if (tokens) {
                    response.mechanisms = {"OAUTHBEARER"};
                }
                const auto asked = protocol::decode<protocol::sasl_handshake_request>(
                    request.body, request.header.version);
                response.error_code = asked->mechanism == response.mechanisms[0] ? 0 : 33;
                return scripted_broker::answer(request, response);
            }
            case authenticate_key:
                return let_in(request);
            default:
                return scripted_broker::answer(request, protocol::metadata_response{});
        }
    }

    reply let_in(const protocol::request_view& request) {
        protocol::sasl_authenticate_response response;
        const auto asked = protocol::decode<protocol::sasl_authenticate_request>(
            request.body, request.header.version);
        if (tokens) {
            judge_token(asked->auth_bytes, response);
        } else if (asked->auth_bytes == bytes(1, '\0') + "alice" + '\0' + password) {
            response.session_lifetime_ms = lifetime_ms;
        } else {
            response.error_code = 58;
            response.error_message = "Authentication failed: Invalid username or password";
        }
        return scripted_broker::answer(request, response);
    }

    /// As Kafka does: the reason first, and the no when that was answered.
    void judge_token(bytes_view said, protocol::sasl_authenticate_response& response) const {
        if (said ==
            "n,,\x01"
            "auth=Bearer " +
                password + "\x01\x01") {
            response.session_lifetime_ms = lifetime_ms;
        } else if (said == "\x01") {
            response.error_code = 58;
            response.error_message = R"({"status":"invalid_token"})";
        } else {
            response.auth_bytes = R"({"status":"invalid_token"})";
        }
    }

    void open(std::uint16_t port, const std::string& host = "127.0.0.1") {
        auto security = link_security::make(options, tokens);
        BOOST_REQUIRE(security.has_value());
        link = std::make_shared<broker_link>(context, broker_link_options{.host = host,
                                                                          .port = port,
                                                                          .client_id = "test",
                                                                          .connect_timeout = 2s,
                                                                          .security = *security});
        link->open([this](std::error_code error) { opened = error; });
        run_until([this] { return opened.has_value(); });
    }

    void open() { open(broker.port()); }

    void ask() {
        link->call_latest<protocol::metadata_response>(
            protocol::metadata_request{}, metadata_versions, 5s,
            [this](const result<protocol::metadata_response>& response) {
                if (response) {
                    ++answers;
                } else {
                    errors.push_back(response.error());
                }
            });
    }

    [[nodiscard]] auto count(std::int16_t key) const { return std::ranges::count(seen, key); }
};

struct tls_fixture : fixture {
    bkes::test::authority ca{"bkes broker_link"};
    std::optional<bkes::test::tls_front> front;

    tls_fixture() {
        options.protocol = security_protocol::ssl;
        options.tls.ca_location = ca.location();
    }

    ~tls_fixture() {
        if (front) {
            front->stop();
        }
    }

    void open_behind(const tls_context& shown) {
        front.emplace(context, shown, broker.port());
        open(front->port());
    }

    tls_context broker_certificate() {
        return bkes::test::make_server(ca.sign_for("broker", "IP:127.0.0.1"));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_broker_link_login, fixture)

BOOST_AUTO_TEST_CASE(comes_before_all_that_is_asked) {
    open();
    BOOST_TEST(!*opened);
    ask();
    run_until([this] { return answers == 1; });
    const std::vector<std::int16_t> order{api_versions_key, handshake_key, authenticate_key,
                                          metadata_key};
    BOOST_TEST(seen == order, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(that_is_refused_fails_the_link_in_the_brokers_words) {
    options.password = "b-secret";
    open();
    BOOST_TEST((*opened == link_errc::login_refused));
    BOOST_TEST(link->refusal() == "Authentication failed: Invalid username or password");
    BOOST_TEST(link->is_closed());
}

BOOST_AUTO_TEST_CASE(in_a_way_that_the_broker_does_not_have) {
    options.mechanism = sasl_mechanism::scram_sha_256;
    open();
    BOOST_TEST((*opened == link_errc::login_refused));
    BOOST_TEST(link->refusal() == "UNSUPPORTED_SASL_MECHANISM: the broker has PLAIN, GSSAPI");
    BOOST_TEST(count(authenticate_key) == 0);
}

BOOST_AUTO_TEST_CASE(lasts_for_ever_if_the_broker_does_not_say_how_long) {
    open();
    const auto end = std::chrono::steady_clock::now() + 1'500ms;
    run_until([end] { return std::chrono::steady_clock::now() > end; });
    BOOST_TEST(count(handshake_key) == 1);
}

BOOST_AUTO_TEST_CASE(is_made_again_before_it_is_over_while_nothing_else_is_sent) {
    lifetime_ms = 1'300;
    open();
    int asked = 0;
    while (count(authenticate_key) < 3) {
        for (int more = 0; more < 20; ++more, ++asked) {
            ask();
        }
        run_until([&] { return answers == asked || count(authenticate_key) == 3; });
    }
    run_until([&] { return answers == asked; });
    BOOST_TEST(errors.empty());
    BOOST_TEST(broker.connections() == 1);
    for (std::size_t at = 0; at + 1 < seen.size(); ++at) {
        if (seen[at] == handshake_key) {
            BOOST_TEST(seen[at + 1] == authenticate_key);
        }
    }
}

BOOST_AUTO_TEST_CASE(of_a_quiet_link_is_made_again_too) {
    lifetime_ms = 1'300;
    open();
    run_until([this] { return count(authenticate_key) == 2; });
    ask();
    run_until([this] { return answers == 1; });
}

BOOST_AUTO_TEST_CASE(that_is_refused_later_ends_the_link) {
    lifetime_ms = 1'300;
    open();
    bool has_ended = false;
    link->on_end([&] { has_ended = true; });
    password = "changed";
    run_until([&] { return has_ended || count(handshake_key) == 2; });
    ask();  // held behind the login that is under way, or too late altogether
    run_until([&] { return has_ended && errors.size() == 1; });
    BOOST_TEST((errors[0] == link_errc::not_sent));
    BOOST_TEST(count(metadata_key) == 0);
    BOOST_TEST(link->refusal().contains("Invalid username or password"));
}

BOOST_AUTO_TEST_CASE(by_a_token_takes_the_newest_each_time) {
    tokens = std::make_shared<scripted_tokens>();
    options.mechanism = sasl_mechanism::oauthbearer;
    tokens->value = password = "first";
    lifetime_ms = 1'300;
    open();
    BOOST_TEST(!*opened);
    tokens->value = password = "second";
    run_until([this] { return count(authenticate_key) == 2; });
    ask();
    run_until([this] { return answers == 1; });
    BOOST_TEST(tokens->doubts == 0);
}

BOOST_AUTO_TEST_CASE(by_a_token_that_is_refused_asks_for_another) {
    tokens = std::make_shared<scripted_tokens>();
    options.mechanism = sasl_mechanism::oauthbearer;
    tokens->value = "stale";
    open();
    BOOST_TEST((*opened == link_errc::login_refused));
    BOOST_TEST(link->refusal() == R"({"status":"invalid_token"})");
    BOOST_TEST(tokens->doubts == 1);
}

BOOST_AUTO_TEST_CASE(without_a_token_is_not_begun) {
    tokens = std::make_shared<scripted_tokens>();
    options.mechanism = sasl_mechanism::oauthbearer;
    open();
    BOOST_TEST((*opened == link_errc::nothing_to_log_in_with));
    BOOST_TEST(link->refusal() == "the endpoint is away");
    BOOST_TEST(count(handshake_key) == 0);
}

/// What Java's TLS says to a plain ApiVersions.
BOOST_AUTO_TEST_CASE(is_not_even_asked_for_by_a_broker_that_speaks_tls) {
    options.protocol = security_protocol::plaintext;
    alert = bytes{"\x15\x03\x03\x00\x02\x02\x50", 7};
    open();
    BOOST_TEST((*opened == link_errc::speaks_tls));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sync_broker_link_tls, tls_fixture)

BOOST_AUTO_TEST_CASE(carries_requests) {
    open_behind(broker_certificate());
    BOOST_TEST(!*opened);
    for (int number = 0; number < 50; ++number) {
        ask();
    }
    run_until([this] { return answers == 50; });
    BOOST_TEST(count(handshake_key) == 0);
}

BOOST_AUTO_TEST_CASE(and_logins) {
    options.protocol = security_protocol::sasl_ssl;
    open_behind(broker_certificate());
    BOOST_TEST(!*opened);
    BOOST_TEST(count(authenticate_key) == 1);
}

BOOST_AUTO_TEST_CASE(a_broker_of_another_authority_hears_nothing) {
    bkes::test::authority stranger{"bkes broker_link stranger"};
    open_behind(bkes::test::make_server(stranger.sign_for("broker", "IP:127.0.0.1")));
    BOOST_TEST(is_refused_certificate(*opened));
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(nor_one_of_another_name) {
    open_behind(bkes::test::make_server(ca.sign_for("broker", "IP:127.0.0.2")));
    BOOST_TEST(opened->message().contains("IP address mismatch"));
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(unless_names_do_not_matter) {
    options.check = host_check::none;
    open_behind(bkes::test::make_server(ca.sign_for("broker", "IP:127.0.0.2")));
    BOOST_TEST(!*opened);
}

BOOST_AUTO_TEST_CASE(nor_one_whose_time_is_over) {
    open_behind(
        bkes::test::make_server(ca.sign_for("broker", "IP:127.0.0.1", bkes::test::validity::over)));
    BOOST_TEST(opened->message().contains("certificate has expired"));
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(a_broker_that_wants_our_certificate) {
    const auto wanted =
        bkes::test::make_server(ca.sign_for("broker", "IP:127.0.0.1"),
                                bkes::test::client_certificate::required, ca.location());
    open_behind(wanted);
    BOOST_TEST(opened->message().contains("certificate required"));
    BOOST_TEST(seen.empty());
    link->close();
    opened.reset();
    const auto mine = ca.sign_for("bkes", "DNS:bkes");
    options.tls.certificate_location = mine.certificate;
    options.tls.key_location = mine.key;
    open(front->port());
    BOOST_TEST(!*opened);
}

BOOST_AUTO_TEST_SUITE_END()
