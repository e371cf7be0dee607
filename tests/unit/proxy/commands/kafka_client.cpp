#include "proxy/commands/kafka_client.hpp"

#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "tests/unit/proxy/commands/fake_bkes.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

BOOST_AUTO_TEST_SUITE(proxy_commands_kafka_client)

using namespace bkes;
using namespace bkes::proxy;
using namespace std::chrono_literals;
using proxy::tests::fake_bkes;

namespace {

constexpr auto list_keys_key = protocol::list_keys_request::schema.key;

bool asks_versions(const protocol::request_view& request) {
    return request.header.key == protocol::api_versions_request::schema.key;
}

std::shared_ptr<sync::link_security> secured(const sync::security_options& options = {}) {
    return *sync::link_security::make(options);
}

outcome<std::unique_ptr<kafka_client>> connect_to(const fake_bkes& server,
                                                  std::chrono::milliseconds limit = 5s) {
    return kafka_client::connect(std::array{host_port{"127.0.0.1", server.port()}}, limit,
                                 secured());
}

/// Answers ApiVersions itself and everything else with `rest`.
fake_bkes::answer_function after_versions(fake_bkes::answer_function rest) {
    return [rest = std::move(rest)](const protocol::request_view& request, bytes& out) {
        asks_versions(request) ? fake_bkes::offer_all(request, out) : rest(request, out);
    };
}

/// What a request that the server answers with `answer` fails with.
command_failure failure_after(const fake_bkes::answer_function& answer,
                              std::chrono::milliseconds limit = 5s) {
    const fake_bkes server{after_versions(answer)};
    const auto client = connect_to(server, limit);
    BOOST_REQUIRE(client);
    const auto response = (*client)->ask<protocol::list_keys_response>(
        protocol::list_keys_request{.topic = "bkes", .limit = 1});
    BOOST_REQUIRE(!response);
    return response.error();
}

}  // namespace

BOOST_AUTO_TEST_CASE(asks_and_gets_answers) {
    const fake_bkes server{after_versions([](const auto& request, bytes& out) {
        BOOST_TEST(request.header.key == list_keys_key);
        const auto asked = protocol::decode<protocol::list_keys_request>(request.body, 0);
        BOOST_TEST(asked->topic == "bkes");
        protocol::list_keys_response response;
        response.keys.push_back({.key = "order-42", .next_order = 3});
        (void)protocol::append_response_frame(request.header.correlation_id, 0, response, out);
    })};
    const auto client = connect_to(server);
    BOOST_REQUIRE(client);
    for (int round = 0; round < 3; ++round) {
        const auto response = (*client)->ask<protocol::list_keys_response>(
            protocol::list_keys_request{.topic = "bkes", .limit = 1});
        BOOST_REQUIRE(response);
        BOOST_REQUIRE_EQUAL(response->keys.size(), 1);
        BOOST_TEST(response->keys[0].key == "order-42");
        BOOST_TEST(response->keys[0].next_order == 3);
    }
}

BOOST_AUTO_TEST_CASE(asks_in_the_highest_common_version) {
    const fake_bkes server{[](const protocol::request_view& request, bytes& out) {
        const auto id = request.header.correlation_id;
        if (asks_versions(request)) {
            protocol::api_versions_response response;
            for (const std::int16_t key : {20001, 20002}) {
                response.api_keys.push_back({.api_key = key});
            }
            response.api_keys.push_back({.api_key = 3, .min_version = 0, .max_version = 5});
            (void)protocol::append_response_frame(id, 0, response, out);
            return;
        }
        BOOST_TEST(request.header.version == 5);
        (void)protocol::append_response_frame(id, 5, protocol::metadata_response{}, out);
    }};
    const auto client = connect_to(server);
    BOOST_REQUIRE(client);
    BOOST_TEST(
        (*client)->ask<protocol::metadata_response>(protocol::metadata_request{}).has_value());
}

BOOST_AUTO_TEST_CASE(refuses_a_broker_that_is_no_bkes) {
    const fake_bkes server{[](const protocol::request_view& request, bytes& out) {
        protocol::api_versions_response response;
        response.api_keys.push_back({.api_key = 3, .min_version = 0, .max_version = 13});
        (void)protocol::append_response_frame(request.header.correlation_id, 0, response, out);
    }};
    const auto client = connect_to(server);
    BOOST_REQUIRE(!client);
    BOOST_TEST(client.error().code == exit_refused);
    BOOST_TEST(client.error().text.contains("is not a bkes"));
}

BOOST_AUTO_TEST_CASE(unreachable_address_is_named) {
    std::uint16_t free_port = 0;
    {
        const fake_bkes server{fake_bkes::offer_all};
        free_port = server.port();
    }
    const auto client =
        kafka_client::connect(std::array{host_port{"127.0.0.1", free_port}}, 5s, secured());
    BOOST_REQUIRE(!client);
    BOOST_TEST(client.error().code == exit_unreachable);
    BOOST_TEST(client.error().text.contains("127.0.0.1:" + std::to_string(free_port)));
}

BOOST_AUTO_TEST_CASE(tries_the_next_address) {
    const fake_bkes server{fake_bkes::offer_all};
    std::uint16_t free_port = 0;
    {
        const fake_bkes other{fake_bkes::offer_all};
        free_port = other.port();
    }
    const std::array servers{host_port{"127.0.0.1", free_port},
                             host_port{"127.0.0.1", server.port()}};
    const auto client = kafka_client::connect(servers, 5s, secured());
    BOOST_REQUIRE(client);
    BOOST_TEST((*client)->peer() == server.address());
}

BOOST_AUTO_TEST_CASE(logs_in_before_it_asks) {
    std::string said;
    const fake_bkes server{after_versions([&said](const auto& request, bytes& out) {
        const auto id = request.header.correlation_id;
        const auto version = request.header.version;
        if (request.header.key == protocol::sasl_handshake_request::schema.key) {
            (void)protocol::append_response_frame(id, version, protocol::sasl_handshake_response{},
                                                  out);
            return;
        }
        const auto step =
            protocol::decode<protocol::sasl_authenticate_request>(request.body, version);
        said = step->auth_bytes;
        protocol::sasl_authenticate_response response;
        if (!said.ends_with("a-secret")) {
            response.error_code = 58;
            response.error_message = "Authentication failed";
        }
        (void)protocol::append_response_frame(id, version, response, out);
    })};
    const auto connect = [&server](const std::string& password) {
        return kafka_client::connect(std::array{host_port{"127.0.0.1", server.port()}}, 5s,
                                     secured({.protocol = sync::security_protocol::sasl_plaintext,
                                              .username = "alice",
                                              .password = password}));
    };
    BOOST_TEST(connect("a-secret").has_value());
    BOOST_TEST((said == std::string{"\0alice\0a-secret", 15}));
    const auto refused = connect("b-secret");
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().code == exit_refused);
    BOOST_TEST(refused.error().text == server.address() +
                                           " refuses the login: Authentication failed; check the "
                                           "settings kafka.sasl.*");
}

BOOST_AUTO_TEST_CASE(closed_connection_is_unreachable) {
    const auto failed = failure_after([](const auto&, bytes&) {});
    BOOST_TEST(failed.code == exit_unreachable);
    BOOST_TEST(failed.text.contains("the connection was closed"));
}

BOOST_AUTO_TEST_CASE(silence_ends_with_the_limit) {
    std::promise<void> over;
    const auto gate = over.get_future().share();
    const fake_bkes server{after_versions([gate](const auto&, bytes&) { gate.wait(); })};
    const auto client = connect_to(server, 50ms);
    BOOST_REQUIRE(client);
    const auto response = (*client)->ask<protocol::list_keys_response>(
        protocol::list_keys_request{.topic = "bkes", .limit = 1});
    over.set_value();
    BOOST_REQUIRE(!response);
    BOOST_TEST(response.error().code == exit_unreachable);
    BOOST_TEST(response.error().text.contains("no answer in time"));
}

BOOST_AUTO_TEST_CASE(malformed_answers_are_refused) {
    const auto malformed = {bytes{"\xff\xff\xff\xff", 4}, bytes{"\0\0\0\2ab", 6},
                            bytes{"\0\0\0\4\0\0\0\x63", 8}, bytes{"\0\0\0\6\0\0\0\2\0x", 10}};
    for (const auto& answer : malformed) {
        const auto failed = failure_after([&](const auto&, bytes& out) { out = answer; });
        BOOST_TEST_CONTEXT(failed.text) {
            BOOST_TEST(failed.code != exit_done);
            BOOST_TEST(!failed.text.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(lying_size_takes_no_memory) {
    // 2 GiB are promised, three bytes come.
    const auto failed = failure_after(
        [](const auto&, bytes& out) {
            out = bytes{
                "\x7f\xff\xff\xff"
                "abc",
                7};
        },
        50ms);
    BOOST_TEST(failed.code == exit_unreachable);
}

BOOST_AUTO_TEST_SUITE_END()
