// What becomes of a session whose broker ends the connection, and what keeps that from happening to
// a client that bkes serves by itself.

#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "proxy/session/session.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;

constexpr std::int16_t heartbeat = 12;
constexpr std::int16_t api_versions = 18;
constexpr std::int16_t sasl_authenticate = 36;

bytes heartbeat_request(std::int32_t correlation_id) {
    return opaque_request(heartbeat, 4, correlation_id, "request");
}

/// Answered by bkes at once.
bytes own_request(std::int32_t correlation_id) {
    return request_frame(0, correlation_id,
                         protocol::list_keys_request{.topic = "plain", .limit = 10});
}

/// Answered by bkes when the topic has not become readable for some time.
bytes slow_own_request(std::int32_t correlation_id) {
    return request_frame(0, correlation_id,
                         protocol::list_keys_request{.topic = "orders", .limit = 10});
}

std::int16_t error_in(bytes_view answer, std::int32_t correlation_id) {
    return decoded_response<protocol::list_keys_response>(0, correlation_id, answer).error_code;
}

protocol::request_header header_of(bytes_view frame) {
    const auto view = protocol::decode_request_header(frame.substr(protocol::frame_prefix_size));
    BOOST_REQUIRE(view);
    return view->header;
}

bool is_api_versions(bytes_view frame) {
    return header_of(frame).key == api_versions;
}

struct kept_alive_world : session_world {
    static constexpr std::chrono::milliseconds interval{20};

    kept_alive_world() : session_world{interval} {}

    /// Lets so many intervals pass, with a request for bkes in each.
    void serve_for(int intervals) {
        for (int n = 0; n < intervals; ++n) {
            client->send(own_request(n));
            BOOST_TEST(error_in(at_client(), n) == 3);
            pass(interval);
        }
    }

    void pass(std::chrono::milliseconds time) {
        const auto end = std::chrono::steady_clock::now() + time;
        run_until([end] { return std::chrono::steady_clock::now() >= end; });
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_endings)

BOOST_AUTO_TEST_CASE(answers_what_bkes_owes_when_the_broker_goes) {
    session_world world;
    world.client->send(slow_own_request(1));
    world.settle();
    BOOST_TEST(world.client->received.empty());
    world.upstream->close();
    BOOST_TEST(error_in(world.at_client(), 1) == 6);
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.run_until([&] { return world.tested.expired(); }));
    BOOST_TEST(world.log.count("connection closed") == 0U);  // that is no warning
}

BOOST_AUTO_TEST_CASE(a_broker_that_lets_nobody_in_is_named) {
    session_world world;
    world.forward(heartbeat_request(1));
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->closed_with == asio::error::eof);
    BOOST_TEST(world.run_until([&] { return world.tested.expired(); }));
    BOOST_TEST(world.log.count("cause=refused_by_broker") == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_ends_a_quiet_connection_is_not) {
    session_world world;
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.run_until([&] { return world.tested.expired(); }));
    BOOST_TEST(world.log.count("connection closed") == 0U);
}

BOOST_AUTO_TEST_CASE(answers_nothing_behind_what_the_broker_owes) {
    session_world world;
    world.client->send(own_request(1) + heartbeat_request(2) + own_request(3));
    BOOST_TEST(world.at_broker() == heartbeat_request(2));
    world.upstream->close();
    BOOST_TEST(error_in(world.at_client(), 1) == 3);
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());
}

BOOST_AUTO_TEST_CASE(takes_no_request_after_the_broker_went) {
    session_world world;
    world.client->send(slow_own_request(1));
    world.settle();
    world.upstream->close();
    world.settle();
    world.client->send(own_request(2));
    BOOST_TEST(error_in(world.at_client(), 1) == 6);
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());
    // Not reset, as with unread bytes in the socket: that could take the answer with it.
    BOOST_TEST(world.client->closed_with == asio::error::eof);
}

BOOST_AUTO_TEST_CASE(a_client_that_bkes_serves_is_no_idle_client) {
    kept_alive_world world;
    world.serve_for(5);
    const auto sign = world.at_broker();
    BOOST_TEST(is_api_versions(sign));
    const auto header = header_of(sign);
    BOOST_TEST(header.version == 0);

    // The answer is nobody's, and the client's own requests go on.
    world.upstream->send(opaque_response(header.correlation_id, bytes(6, '\0')));
    world.client->send(heartbeat_request(100));
    BOOST_TEST(world.run_until([&] { return !world.upstream->received.empty(); }));
    BOOST_TEST(world.at_broker() == heartbeat_request(100));
    world.upstream->send(opaque_response(100, "answer"));
    BOOST_TEST(world.at_client() == opaque_response(100, "answer"));
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_bkes_is_none_either) {
    kept_alive_world world;
    world.server.settings.hold = std::chrono::seconds{5};
    world.client->send(slow_own_request(1));
    BOOST_TEST(is_api_versions(world.at_broker()));
}

BOOST_AUTO_TEST_CASE(an_idle_client_stays_one) {
    kept_alive_world world;
    world.forward(heartbeat_request(1));
    world.upstream->send(opaque_response(1, "answer"));
    BOOST_TEST(!world.at_client().empty());
    world.pass(5 * kept_alive_world::interval);
    BOOST_TEST(world.upstream->received.empty());
}

BOOST_AUTO_TEST_CASE(no_sign_of_life_comes_between_handshake_and_login) {
    kept_alive_world world;
    const auto handshake =
        request_frame(1, 1, protocol::sasl_handshake_request{.mechanism = "PLAIN"});
    BOOST_TEST(world.forward(handshake) == handshake);
    const auto accepted = response_frame(1, 1, protocol::sasl_handshake_response{});
    world.upstream->send(accepted);
    BOOST_TEST(world.at_client() == accepted);
    const auto token = opaque_request(sasl_authenticate, 0, 2, "token");
    BOOST_TEST(world.forward(token) == token);
    const auto welcome = response_frame(0, 2, protocol::sasl_authenticate_response{});
    world.upstream->send(welcome);
    BOOST_TEST(world.at_client() == welcome);
    world.pass(5 * kept_alive_world::interval);
    BOOST_TEST(world.upstream->received.empty());

    world.serve_for(5);
    BOOST_TEST(is_api_versions(world.at_broker()));
}

BOOST_AUTO_TEST_CASE(a_lost_sign_of_life_keeps_no_answer_back) {
    kept_alive_world world;
    world.client->send(slow_own_request(49));  // its rights are known from here on
    BOOST_TEST(error_in(world.at_client(), 49) == 6);
    world.serve_for(5);
    BOOST_TEST(is_api_versions(world.at_broker()));
    world.client->send(slow_own_request(50));
    world.settle();
    world.upstream->close();
    BOOST_TEST(error_in(world.at_client(), 50) == 6);
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_SUITE_END()
