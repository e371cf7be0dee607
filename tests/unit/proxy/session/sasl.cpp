// SaslHandshake v0, after which bare tokens follow (KIP-43), must not become a way around bkes:
// what isn't a token has a header, and is looked into.

#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "proxy/session/session.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;

constexpr std::int16_t unsupported_sasl_mechanism = 33;
constexpr std::int16_t illegal_sasl_state = 34;

bytes handshake(bytes_view mechanism, std::int32_t correlation_id = 1) {
    return request_frame(0, correlation_id,
                         protocol::sasl_handshake_request{.mechanism = mechanism});
}

bytes handshake_answer(std::int16_t error_code, std::int32_t correlation_id = 1) {
    return response_frame(0, correlation_id,
                          protocol::sasl_handshake_response{.error_code = error_code});
}

bytes token(bytes_view content) {
    bytes frame(protocol::frame_prefix_size, '\0');
    frame += content;
    protocol::close_frame(frame, 0);
    return frame;
}

/// For bkes alone: a broker must never get it.
bytes own_request(std::int32_t correlation_id) {
    return request_frame(0, correlation_id,
                         protocol::list_keys_request{.topic = "plain", .limit = 10});
}

bool is_answer_to(bytes_view answer, std::int32_t correlation_id) {
    return decoded_response<protocol::list_keys_response>(0, correlation_id, answer).error_code ==
           3;
}

void exchange(session_world& world, bytes_view sent) {
    BOOST_TEST(world.forward(token(sent)) == token(sent));
    world.upstream->send(token("challenge"));
    BOOST_TEST(world.at_client() == token("challenge"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_sasl)

BOOST_AUTO_TEST_CASE(a_refused_handshake_changes_nothing) {
    for (const auto error : {unsupported_sasl_mechanism, illegal_sasl_state}) {
        for (const bytes_view mechanism : {"PLAIN", "SCRAM-SHA-512", "GSSAPI", "nonsense"}) {
            session_world world;
            BOOST_TEST(world.forward(handshake(mechanism)) == handshake(mechanism));
            world.upstream->send(handshake_answer(error));
            BOOST_TEST(world.at_client() == handshake_answer(error));
            world.client->send(own_request(2));
            BOOST_TEST(is_answer_to(world.at_client(), 2));
            BOOST_TEST(world.upstream->received.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(what_follows_a_handshake_waits_for_its_answer) {
    session_world world;
    world.client->send(handshake("PLAIN") + own_request(2));
    BOOST_TEST(world.at_broker() == handshake("PLAIN"));
    world.settle();
    BOOST_TEST(world.upstream->received.empty());
    world.upstream->send(handshake_answer(illegal_sasl_state));
    BOOST_TEST(world.at_client() == handshake_answer(illegal_sasl_state));
    BOOST_TEST(is_answer_to(world.at_client(), 2));
    BOOST_TEST(world.upstream->received.empty());
}

BOOST_AUTO_TEST_CASE(tokens_may_come_with_the_handshake) {
    session_world world;
    world.client->send(handshake("PLAIN") + token(bytes_view{"\0user\0secret", 12}));
    BOOST_TEST(world.at_broker() == handshake("PLAIN"));
    world.upstream->send(handshake_answer(0));
    BOOST_TEST(world.at_client() == handshake_answer(0));
    BOOST_TEST(world.at_broker() == token(bytes_view{"\0user\0secret", 12}));
    world.upstream->send(token({}));
    BOOST_TEST(world.at_client() == token({}));
    world.client->send(own_request(2));
    BOOST_TEST(is_answer_to(world.at_client(), 2));
}

BOOST_AUTO_TEST_CASE(tokens_without_a_known_number_end_with_the_first_request) {
    for (const bool is_last_answered : {true, false}) {
        session_world world;
        BOOST_TEST(world.forward(handshake("GSSAPI")) == handshake("GSSAPI"));
        world.upstream->send(handshake_answer(0));
        BOOST_TEST(world.at_client() == handshake_answer(0));
        exchange(world, "\x60\x81 first");
        exchange(world, "");
        // A broker that is content with the last token sends nothing for it (RFC 4752).
        BOOST_TEST(world.forward(token("\x05\x04 last")) == token("\x05\x04 last"));
        if (is_last_answered) {
            world.upstream->send(token("done"));
            BOOST_TEST(world.at_client() == token("done"));
        }
        world.client->send(own_request(2));
        BOOST_TEST(is_answer_to(world.at_client(), 2));
        BOOST_TEST(world.upstream->received.empty());
        const auto opaque = opaque_request(12, 4, 3, "request");
        BOOST_TEST(world.forward(opaque) == opaque);
        world.upstream->send(opaque_response(3, "answer"));
        BOOST_TEST(world.at_client() == opaque_response(3, "answer"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
