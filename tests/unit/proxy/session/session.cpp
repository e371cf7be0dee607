// The ways of frames through a session. What its handlers do with them: session_addresses.cpp,
// session_key_topics.cpp.

#include "proxy/session/session.hpp"

#include "protocol/messages/fetch.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/produce.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "protocol/messages/txn_offset_commit.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;
using proxy::host_port;

constexpr std::int16_t heartbeat = 12;
constexpr std::int16_t heartbeat_version = 4;
constexpr auto mebibyte = std::size_t{1} << 20U;

bytes heartbeat_request(std::int32_t correlation_id, bytes_view body = "request") {
    return opaque_request(heartbeat, heartbeat_version, correlation_id, body);
}

/// Bytes in which a shift or a swap shows.
bytes pattern(std::size_t size) {
    bytes data(size, '\0');
    std::uint32_t state = 1;
    for (auto& byte : data) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return data;
}

bytes list_keys_of_unknown_topic(std::int32_t correlation_id) {
    return request_frame(0, correlation_id,
                         protocol::list_keys_request{.topic = "plain", .limit = 10});
}

protocol::produce_request unanswered_produce(std::optional<bytes_view> transactional_id) {
    protocol::produce_request request{.transactional_id = transactional_id, .acks = 0};
    request.topic_data.push_back({.name = "plain"});
    request.topic_data[0].partition_data.push_back({.index = 0, .records = bytes_view{"records"}});
    return request;
}

proxy::client_request numbered(std::int32_t correlation_id) {
    proxy::client_request request;
    request.correlation_id = correlation_id;
    return request;
}

/// Work on the store that is nothing but its end.
class made_answer : public proxy::store_read {
  public:
    explicit made_answer(std::function<void()> made) : made_{std::move(made)} {}

    progress read_on(proxy::read_budget&) override { return progress::done; }

    void ask(proxy::session&, std::move_only_function<void()> done) override { done(); }

    void finish(proxy::session&) override { made_(); }

  private:
    std::function<void()> made_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session)

BOOST_AUTO_TEST_CASE(passes_opaque_frames_byte_for_byte) {
    session_world world;
    const auto request = heartbeat_request(7);
    const auto response = opaque_response(7, pattern(1'000));
    world.send_in_single_bytes(*world.client, request);
    BOOST_TEST(world.at_broker() == request);
    world.send_in_single_bytes(*world.upstream, response);
    BOOST_TEST(world.at_client() == response);
}

BOOST_AUTO_TEST_CASE(reads_on_when_answers_make_room) {
    session_world world;
    constexpr std::int32_t count = 3'000;  // more than may be in flight
    bytes requests;
    for (std::int32_t id = 0; id < count; ++id) {
        requests += heartbeat_request(id);
    }
    world.client->send(requests);
    for (std::int32_t id = 0; id < count; ++id) {
        BOOST_REQUIRE(world.at_broker() == heartbeat_request(id));
        world.upstream->send(opaque_response(id, "response"));
    }
    for (std::int32_t id = 0; id < count; ++id) {
        BOOST_REQUIRE(world.at_client() == opaque_response(id, "response"));
    }
}

BOOST_AUTO_TEST_CASE(answers_in_the_order_of_requests) {
    session_world world;
    protocol::txn_offset_commit_request commit{.group_id = "group"};
    commit.topics.push_back({.name = "orders.key.a"});
    commit.topics[0].partitions.push_back({.partition_index = 0, .committed_offset = 3});
    world.client->send(heartbeat_request(1) + list_keys_of_unknown_topic(2) +
                       request_frame(2, 3, commit) + heartbeat_request(4));
    BOOST_TEST(world.at_broker() == heartbeat_request(1));
    BOOST_TEST(world.at_broker() == heartbeat_request(4));
    world.settle();
    BOOST_TEST(world.client->received.empty());

    world.upstream->send(opaque_response(1, "first"));
    BOOST_TEST(world.at_client() == opaque_response(1, "first"));
    const auto listed = world.at_client();
    BOOST_TEST(decoded_response<protocol::list_keys_response>(0, 2, listed).error_code == 3);
    const auto committed = world.at_client();
    const auto refused = decoded_response<protocol::txn_offset_commit_response>(2, 3, committed);
    BOOST_TEST(refused.topics.at(0).partitions.at(0).error_code == 44);
    world.upstream->send(opaque_response(4, "last"));
    BOOST_TEST(world.at_client() == opaque_response(4, "last"));
}

BOOST_AUTO_TEST_CASE(owes_nothing_for_a_produce_without_acks) {
    for (const auto id : {std::optional<bytes_view>{}, std::optional<bytes_view>{"transaction"}}) {
        for (std::int16_t version = 3; version <= 12; ++version) {
            session_world world;
            const auto produce = request_frame(version, 1, unanswered_produce(id));
            world.client->send(produce + heartbeat_request(2));
            BOOST_TEST(world.at_broker() == produce);
            BOOST_TEST(world.at_broker() == heartbeat_request(2));
            world.upstream->send(opaque_response(2, "answer"));
            BOOST_TEST(world.at_client() == opaque_response(2, "answer"));
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_was_not_offered_with_one_log_line) {
    for (const auto& request : {heartbeat_request(1).replace(4, 2, bytes{"\x7f\x01"}),
                                heartbeat_request(1).replace(6, 2, bytes{"\x00\x63", 2})}) {
        session_world world;
        world.client->send(request);
        BOOST_TEST(world.is_client_closed());
        BOOST_TEST(world.log.count("connection closed") == 1U);
        BOOST_TEST(world.log.count("cause=unsupported_request") == 1U);
        BOOST_TEST(world.upstream->received.empty());
    }
}

BOOST_AUTO_TEST_CASE(refuses_frames_of_impossible_size) {
    const std::pair<bytes, std::string_view> cases[] = {
        {bytes{"\xff\xff\xff\xff", 4}, "cause=malformed_request"},
        {bytes{"\x01\x00\x00\x01", 4}, "cause=frame_too_large"},
        {bytes{"\x16\x03\x01\x02", 4}, "cause=tls_on_plain_port"},
        {bytes{"\x00\x00\x00\x00", 4}, "cause=malformed_request"},
        {bytes{"\x00\x00\x00\x07", 4} + bytes(7, '\0'), "cause=malformed_request"},
    };
    for (const auto& [start, cause] : cases) {
        session_world world;
        world.client->send(start);
        BOOST_TEST(world.is_client_closed());
        BOOST_TEST(world.log.count(cause) == 1U, world.log.text());
    }
}

BOOST_AUTO_TEST_CASE(ends_quietly_when_the_client_goes_within_a_frame) {
    session_world world;
    world.client->send(heartbeat_request(1).substr(0, 9));
    world.settle();
    world.client->close();
    BOOST_TEST(world.run_until([&] { return world.upstream->is_closed; }));
    BOOST_TEST(world.upstream->received.empty());
    BOOST_TEST(world.log.count("connection closed") == 0U);  // that is no warning
}

BOOST_AUTO_TEST_CASE(ends_when_the_broker_goes_within_a_response) {
    session_world world;
    world.forward(heartbeat_request(1));
    world.upstream->send(opaque_response(1, "never ends").substr(0, 11));
    world.settle();
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(ends_when_no_broker_can_be_reached) {
    asio::io_context context;
    const auto nobody =
        tcp::acceptor{context, {asio::ip::address_v4::loopback(), 0}}.local_endpoint();
    session_world world{std::vector{host_port{"127.0.0.1", nobody.port()}}};
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.log.count("cause=upstream_unreachable") == 1U);
}

BOOST_AUTO_TEST_CASE(ends_on_a_response_to_another_request) {
    session_world world;
    world.forward(heartbeat_request(1));
    world.upstream->send(opaque_response(2, "answer"));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());
    BOOST_TEST(world.log.count("cause=unexpected_response") == 1U);
}

BOOST_AUTO_TEST_CASE(streams_large_responses) {
    session_world world;
    const auto response = opaque_response(1, pattern(5 * mebibyte));
    world.client->send(heartbeat_request(1) + list_keys_of_unknown_topic(2));
    world.at_broker();
    world.upstream->send(response.substr(0, mebibyte));
    BOOST_TEST(  // the beginning leaves before the end is there
        world.run_until([&] { return world.client->received.size() == mebibyte; }));
    world.upstream->send(response.substr(mebibyte));
    BOOST_TEST((world.at_client() == response));
    const auto listed = world.at_client();  // and nothing came into the middle
    BOOST_TEST(decoded_response<protocol::list_keys_response>(0, 2, listed).error_code == 3);
}

BOOST_AUTO_TEST_CASE(streams_large_fetch_responses_without_addresses) {
    constexpr std::int16_t version = 16;
    session_world world;
    const auto records = pattern(3 * mebibyte);
    protocol::fetch_response response;
    auto& topic = response.responses.emplace_back();
    topic.topic_id.octets.fill(7);
    for (std::int32_t index = 0; index < 2; ++index) {
        topic.partitions.push_back({.partition_index = index, .records = bytes_view{records}});
    }
    response.node_endpoints.push_back({.node_id = 4, .host = "real-broker", .port = 9092});
    world.forward(request_frame(version, 1, protocol::fetch_request{}));
    world.upstream->send(response_frame(version, 1, response));
    const auto relayed = world.at_client();
    BOOST_TEST((relayed.find("real-broker") == bytes::npos));
    const auto got = decoded_response<protocol::fetch_response>(version, 1, relayed);
    BOOST_REQUIRE(got.responses.at(0).partitions.size() == 2U);
    BOOST_TEST((got.responses[0].partitions[0].records == records));
    BOOST_TEST((got.responses[0].partitions[1].records == records));
}

BOOST_AUTO_TEST_CASE(reads_no_more_for_a_client_that_does_not_read) {
    session_world world;
    world.client->is_paused = true;
    constexpr std::int32_t count = 300;
    const auto body = pattern(mebibyte / 5);
    bytes requests;
    bytes responses;
    for (std::int32_t id = 0; id < count; ++id) {
        requests += heartbeat_request(id);
        responses += opaque_response(id, body);
    }
    world.client->send(requests);
    BOOST_TEST(world.run_until([&] { return world.upstream->received == requests; }));
    world.upstream->send(responses);
    world.settle();
    // What left is in the buffers of three sockets and, up to its limit, in the session.
    const auto taken = responses.size() - world.upstream->unsent.size();
    BOOST_TEST(taken < 30 * mebibyte);
    BOOST_TEST(world.upstream->unsent.size() > 20 * mebibyte);

    world.client->is_paused = false;
    world.client->read_on();
    BOOST_TEST(world.run_until([&] { return world.client->received.size() == responses.size(); }));
    BOOST_TEST((world.client->received == responses));
}

BOOST_AUTO_TEST_CASE(makes_no_answers_for_a_client_that_does_not_read) {
    session_world world;
    world.client->is_paused = true;
    constexpr std::int32_t count = 10;
    const auto answer = pattern(6 * mebibyte);
    std::int32_t made = 0;
    {
        auto& tested = *world.tested.lock();
        for (std::int32_t n = 0; n < count; ++n) {
            const auto id = tested.owe(numbered(n));
            tested.read(id, std::make_shared<made_answer>([&, id] {
                            ++made;
                            tested.answer(id, answer);
                        }));
        }
    }
    world.settle();
    BOOST_TEST(made < 4);  // what the sockets' buffers took, and one

    world.client->is_paused = false;
    world.client->read_on();
    BOOST_TEST(
        world.run_until([&] { return world.client->received.size() == count * answer.size(); }));
    BOOST_TEST(made == count);
}

BOOST_AUTO_TEST_CASE(makes_an_answer_beside_a_brokers_part_only_as_the_next) {
    session_world world;
    bool is_made = false;
    auto& tested = *world.tested.lock();
    const auto first = tested.owe(numbered(1));
    const auto second =
        tested.send_instead(numbered(2), heartbeat_request(2), [](proxy::answer_id, bytes_view) {});
    tested.read(second, std::make_shared<made_answer>([&] { is_made = true; }));
    world.settle();
    BOOST_TEST(!is_made);
    tested.answer(first, opaque_response(1, "first"));
    BOOST_TEST(world.run_until([&] { return is_made; }));
    tested.close(proxy::disconnect::client_closed);
}

BOOST_AUTO_TEST_CASE(reads_no_more_for_a_broker_that_does_not_read) {
    session_world world;
    world.upstream->is_paused = true;
    const auto body = pattern(mebibyte / 5);
    bytes requests;
    for (std::int32_t id = 0; id < 200; ++id) {
        requests += heartbeat_request(id, body);
    }
    world.client->send(requests);
    world.settle();
    BOOST_TEST(world.client->unsent.size() > 10 * mebibyte);
    world.upstream->is_paused = false;
    world.upstream->read_on();
    BOOST_TEST(world.run_until([&] { return world.upstream->received.size() == requests.size(); }));
    BOOST_TEST((world.upstream->received == requests));
}

BOOST_AUTO_TEST_CASE(passes_bare_sasl_tokens) {
    session_world world;
    const auto handshake =
        request_frame(0, 1, protocol::sasl_handshake_request{.mechanism = "SCRAM-SHA-256"});
    BOOST_TEST(world.forward(handshake) == handshake);
    const auto accepted = response_frame(0, 1, protocol::sasl_handshake_response{});
    world.upstream->send(accepted);
    BOOST_TEST(world.at_client() == accepted);
    for (const bytes_view token : {"n,,n=user,r=nonce", "c=biws,r=nonce,p=proof"}) {
        const bytes frame = bytes{"\0\0\0", 3} + static_cast<char>(token.size()) + bytes{token};
        BOOST_TEST(world.forward(frame) == frame);
        world.upstream->send(bytes{"\0\0\0\2ok", 6});
        BOOST_TEST((world.at_client() == bytes{"\0\0\0\2ok", 6}));
    }
    // From here on frames have headers again.
    BOOST_TEST(world.forward(heartbeat_request(2)) == heartbeat_request(2));
    world.client->send(list_keys_of_unknown_topic(3));
    world.upstream->send(opaque_response(2, "answer"));
    BOOST_TEST(world.at_client() == opaque_response(2, "answer"));
    BOOST_TEST(!world.at_client().empty());
}

BOOST_AUTO_TEST_CASE(drains_after_the_last_answer) {
    session_world world;
    world.forward(heartbeat_request(1));
    world.tested.lock()->drain();
    world.settle();
    BOOST_TEST(!world.client->is_closed);
    world.upstream->send(opaque_response(1, "answer"));
    BOOST_TEST(world.at_client() == opaque_response(1, "answer"));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.run_until([&] { return world.tested.expired(); }));
}

BOOST_AUTO_TEST_CASE(drains_at_once_when_nothing_is_owed) {
    session_world world;
    world.tested.lock()->drain();
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(drains_after_a_streamed_answer) {
    session_world world;
    const auto response = opaque_response(1, pattern(mebibyte));
    world.forward(heartbeat_request(1));
    world.upstream->send(response.substr(0, mebibyte / 2));
    BOOST_TEST(world.run_until([&] { return !world.client->received.empty(); }));
    world.tested.lock()->drain();
    world.upstream->send(response.substr(mebibyte / 2));
    BOOST_TEST((world.at_client() == response));
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_SUITE_END()
