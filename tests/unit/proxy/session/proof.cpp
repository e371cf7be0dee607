// What a client may do of whom isn't known whether the broker listens to him.

#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace bkes::proxy::tests {

using namespace std::chrono_literals;

namespace {

constexpr std::int16_t heartbeat = 12;
constexpr std::size_t large = (512U << 10U) + 1;

bytes large_request(std::int32_t id) {
    return opaque_request(heartbeat, 0, id, bytes(large, 'x'));
}

/// The question that the broker gets in the client's place.
std::int32_t take_question(session_world& world) {
    const auto frame = world.at_broker();
    BOOST_REQUIRE(frame.size() > 4);
    const auto header = protocol::decode_request_header(frame.substr(4))->header;
    BOOST_TEST(header.key == protocol::metadata_request::schema.key);
    const auto asked = decoded_request<protocol::metadata_request>(frame);
    BOOST_REQUIRE(asked.topics.has_value());
    BOOST_TEST(asked.topics->empty());
    return header.correlation_id;
}

void answer_question(session_world& world, std::int32_t id) {
    world.upstream->send(response_frame(1, id, protocol::metadata_response{}));
}

void exchange(session_world& world, const bytes& request, const bytes& response) {
    BOOST_TEST(world.forward(request) == request);
    world.upstream->send(response);
    BOOST_TEST(world.at_client() == response);
}

struct impatient_world : session_world {
    explicit impatient_world(client_patience::limits limits) : session_world{{}, 10s, limits} {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_proof)

BOOST_AUTO_TEST_CASE(a_large_request_waits_for_the_broker_to_answer_something_small) {
    session_world world;
    // More than the kernel holds for two sockets.
    const auto request = opaque_request(heartbeat, 0, 7, bytes(15U << 20U, 'x'));
    world.client->send(request);
    const auto id = take_question(world);
    world.settle();
    BOOST_TEST(world.upstream->received.empty());
    BOOST_TEST(!world.client->unsent.empty());  // it isn't read on
    answer_question(world, id);
    BOOST_TEST((world.at_broker() == request));
    exchange(world, large_request(8), opaque_response(7, "seven"));  // known by now
}

BOOST_AUTO_TEST_CASE(the_end_of_the_connection_is_an_answer_too) {
    session_world world;
    world.client->send(large_request(7));
    take_question(world);
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(any_answer_for_which_one_must_be_logged_in_is_proof) {
    session_world world;
    exchange(world, opaque_request(heartbeat, 0, 1, "small"), opaque_response(1, "one"));
    const auto request = large_request(2);
    BOOST_TEST((world.forward(request) == request));
}

BOOST_AUTO_TEST_CASE(one_that_is_awaited_is_waited_for) {
    session_world world;
    const auto small = opaque_request(heartbeat, 0, 1, "small");
    const auto request = large_request(2);
    world.client->send(small + request);
    BOOST_TEST(world.at_broker() == small);
    world.settle();
    BOOST_TEST(world.upstream->received.empty());
    world.upstream->send(opaque_response(1, "one"));
    BOOST_TEST((world.at_broker() == request));
}

BOOST_AUTO_TEST_CASE(what_is_answered_to_anybody_is_no_proof) {
    session_world world;
    const auto versions = request_frame(0, 1, protocol::api_versions_request{});
    world.forward(versions);
    world.upstream->send(response_frame(0, 1, protocol::api_versions_response{}));
    BOOST_TEST(!world.at_client().empty());
    exchange(world, request_frame(1, 2, protocol::sasl_handshake_request{.mechanism = "PLAIN"}),
             response_frame(1, 2, protocol::sasl_handshake_response{}));
    exchange(world, request_frame(0, 3, protocol::sasl_authenticate_request{.auth_bytes = "t"}),
             response_frame(0, 3, protocol::sasl_authenticate_response{}));
    world.client->send(large_request(4));
    const auto id = take_question(world);
    world.settle();
    BOOST_TEST(world.upstream->received.empty());
    answer_question(world, id);
    BOOST_TEST((world.at_broker() == large_request(4)));
}

BOOST_AUTO_TEST_CASE(a_request_without_end_is_given_up) {
    impatient_world world{{.request_max = 50ms, .idle_max = 10min}};
    world.client->send(opaque_request(heartbeat, 0, 1, "small").substr(0, 10));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.log.count("cause=unfinished_request") == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_is_proven_may_take_its_time) {
    impatient_world world{{.request_max = 50ms, .idle_max = 10min}};
    const auto request = opaque_request(heartbeat, 0, 1, "small");
    exchange(world, request, opaque_response(1, "one"));
    world.client->send(request.substr(0, 10));
    BOOST_TEST(!world.run_for(200ms, [&] { return world.client->is_closed; }));
    world.client->send(request.substr(10));
    BOOST_TEST(world.at_broker() == request);
}

BOOST_AUTO_TEST_CASE(an_idle_client_is_given_up_and_one_that_waits_is_not) {
    impatient_world world{{.request_max = 10min, .idle_max = 100ms}};
    world.forward(opaque_request(heartbeat, 0, 1, "small"));
    BOOST_TEST(!world.run_for(400ms, [&] { return world.client->is_closed; }));
    world.upstream->send(opaque_response(1, "one"));
    BOOST_TEST(!world.at_client().empty());
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(one_that_takes_no_answer_is_idle_too) {
    impatient_world world{{.request_max = 10min, .idle_max = 200ms}};
    world.client->is_paused = true;
    world.client->send(opaque_request(heartbeat, 0, 1, "small"));
    BOOST_REQUIRE(!world.at_broker().empty());
    world.upstream->send(opaque_response(1, bytes(32U << 20U, 'x')));
    BOOST_TEST(world.run_until([&] { return world.tested.expired(); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::proxy::tests
