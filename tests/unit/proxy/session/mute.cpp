// A client over its quota isn't listened to for a while.

#include "tests/unit/proxy/session/session_world.hpp"

#include <chrono>

namespace bkes::proxy::tests {

using namespace std::chrono_literals;

namespace {

constexpr std::int16_t heartbeat = 12;

bytes request(std::int32_t id) {
    return opaque_request(heartbeat, 0, id, "request");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_mute)

BOOST_AUTO_TEST_CASE(what_a_muted_client_sends_waits_and_is_taken_then) {
    session_world world;
    const auto began = std::chrono::steady_clock::now();
    world.tested.lock()->mute(100ms);
    world.client->send(request(1) + request(2));
    world.settle();
    BOOST_TEST(world.upstream->received.empty());
    BOOST_TEST(world.at_broker() == request(1));
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 100ms));
    BOOST_TEST(world.at_broker() == request(2));
}

BOOST_AUTO_TEST_CASE(answers_leave_to_a_muted_client) {
    session_world world;
    BOOST_TEST(world.forward(request(1)) == request(1));
    world.tested.lock()->mute(1h);
    world.upstream->send(opaque_response(1, "one"));
    BOOST_TEST(world.at_client() == opaque_response(1, "one"));
}

BOOST_AUTO_TEST_CASE(a_stop_doesnt_wait_for_a_muted_client) {
    session_world world;
    BOOST_TEST(world.forward(request(1)) == request(1));
    world.tested.lock()->mute(1h);
    world.client->send(request(2));
    world.settle();
    world.tested.lock()->drain();
    world.upstream->send(opaque_response(1, "one"));
    BOOST_TEST(world.at_client() == opaque_response(1, "one"));
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_upstream_ends_a_muted_client) {
    session_world world;
    world.tested.lock()->mute(1h);
    world.client->send(request(1));
    world.settle();
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(a_muted_client_is_idle_for_so_long_only) {
    session_world world{{}, 10s, client_patience::limits{.request_max = 1min, .idle_max = 100ms}};
    world.tested.lock()->mute(1h);
    world.client->send(request(1));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.upstream->received.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::proxy::tests
