// What becomes of each request, by its API and version.

#include "proxy/handlers/dispatch.hpp"

#include "protocol/api_table.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "protocol/messages/forward.hpp"
#include "protocol/messages/list_keys.hpp"
#include "tests/support/golden_vectors.hpp"
#include "tests/support/message_table.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;

constexpr std::int32_t correlation_id = 5;

/// What librdkafka sends behind Metadata for all topics (librdkafka#5049).
const bytes tail(3, '\0');

template <class Request, class Response>
void check_extension_with_tail(const Request& request, std::int16_t error_code) {
    for (auto version = Request::schema.versions.min; version <= Request::schema.versions.max;
         ++version) {
        session_world world;
        bytes body;
        BOOST_REQUIRE(protocol::encode(request, version, body));
        world.client->send(
            opaque_request(Request::schema.key, version, correlation_id, body + tail));
        const auto answer = decoded_response<Response>(version, correlation_id, world.at_client());
        BOOST_TEST(answer.error_code == error_code);
    }
}

/// Whatever its body and header may be: the answer is of version 0, and the connection stays.
template <class Response>
void check_refused_version(std::int16_t version) {
    constexpr std::int16_t unsupported_version = 35;
    constexpr std::int16_t heartbeat = 12;
    session_world world;
    auto request = opaque_request(Response::schema.key, 0, correlation_id, "of the future");
    constexpr std::size_t version_at = protocol::frame_prefix_size + sizeof(std::int16_t);
    request[version_at] = static_cast<char>(version >> 8);
    request[version_at + 1] = static_cast<char>(version);
    world.client->send(request);
    const auto frame = world.at_client();
    const auto answer = decoded_response<Response>(0, correlation_id, frame);
    BOOST_TEST(answer.error_code == unsupported_version);
    if constexpr (requires { answer.keys; }) {
        BOOST_TEST(answer.keys.empty());
    }
    const auto next = opaque_request(heartbeat, 4, correlation_id + 1, "next");
    BOOST_TEST((world.forward(next) == next));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_dispatch)

// Bytes behind a request are the brokers' to ignore, and bkes' own where it answers itself.
BOOST_AUTO_TEST_CASE(takes_requests_with_bytes_behind_them) {
    std::size_t count = 0;
    for (const auto& message : bkes::tests::all_messages()) {
        const auto& schema = message.schema;
        const auto key = static_cast<protocol::api_key>(schema.key);
        if (!schema.name.ends_with("_request") || protocol::is_extension(key)) {
            continue;
        }
        const auto& offered = protocol::find_api(schema.key)->versions;
        for (const auto& vector : bkes::tests::load_vectors(schema.name)) {
            if (!offered.contains(vector.version)) {
                continue;
            }
            BOOST_TEST_CONTEXT(schema.name << " v" << vector.version << " " << vector.name) {
                session_world world;
                const auto request =
                    opaque_request(schema.key, vector.version, correlation_id, vector.body + tail);
                BOOST_TEST((world.forward(request) == request));
                ++count;
            }
        }
    }
    BOOST_TEST(count > 500U);
    constexpr std::int16_t not_guarded = 3;
    check_extension_with_tail<protocol::fetch_by_key_request, protocol::fetch_by_key_response>(
        protocol::fetch_by_key_request{.topic = "plain"}, not_guarded);
    check_extension_with_tail<protocol::list_keys_request, protocol::list_keys_response>(
        protocol::list_keys_request{.topic = "plain", .limit = 10}, not_guarded);
    constexpr std::int16_t not_shared = 6;
    check_extension_with_tail<protocol::forward_request, protocol::forward_response>(
        protocol::forward_request{.owner_instance = "other"}, not_shared);
}

BOOST_AUTO_TEST_CASE(answers_versions_of_its_own_requests_that_it_does_not_have) {
    for (const std::int16_t version : {-1, 2, 99}) {
        check_refused_version<protocol::fetch_by_key_response>(version);
    }
    for (const std::int16_t version : {-1, 1, 99}) {
        check_refused_version<protocol::list_keys_response>(version);
        check_refused_version<protocol::forward_response>(version);
    }
}

BOOST_AUTO_TEST_CASE(closes_on_versions_of_kafka_s_requests_that_it_does_not_offer) {
    constexpr std::int16_t metadata = 3;
    session_world world;
    world.client->send(opaque_request(metadata, 99, correlation_id, ""));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.log.count("unsupported_request") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
