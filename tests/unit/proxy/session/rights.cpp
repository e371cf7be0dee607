// What a session asks the broker about its client's rights: when, in which order, and what it does
// until it knows.

#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/list_offsets.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/produce.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "proxy/key_topics/key_topic.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;

constexpr std::int16_t heartbeat = 12;
constexpr std::int16_t not_known = 3;  // the topic's partitions, in this world
constexpr std::int16_t not_leader = 6;
constexpr std::int16_t forbidden = 29;
constexpr std::int32_t write_only = 0x110;
constexpr std::int32_t read_only = 0x108;

using topic_list = std::vector<std::string>;

bytes heartbeat_request(std::int32_t correlation_id) {
    return opaque_request(heartbeat, 4, correlation_id, "request");
}

bytes batch_of(std::initializer_list<bytes_view> keys) {
    bytes batch;
    protocol::batch_builder builder{batch};
    const auto body = protocol::encode_record_body("value", {});
    for (const auto key : keys) {
        builder.add({.timestamp_ms = 1, .key = key, .body = body});
    }
    builder.finish(log_offset{0}, {});
    return batch;
}

bytes produce(std::int32_t correlation_id, std::int16_t acks = -1,
              std::initializer_list<bytes_view> keys = {"k"}) {
    const auto batch = batch_of(keys);
    protocol::produce_request request{.acks = acks, .timeout_ms = 50};
    request.topic_data.push_back(
        {.name = "orders", .partition_data = {{.index = 0, .records = batch}}});
    return request_frame(9, correlation_id, request);
}

std::int16_t produced(bytes_view frame, std::int32_t correlation_id) {
    const auto answer = decoded_response<protocol::produce_response>(9, correlation_id, frame);
    return answer.responses.at(0).partition_responses.at(0).error_code;
}

bytes fetch_by_key(std::int32_t correlation_id, std::initializer_list<bytes_view> keys = {"k"}) {
    protocol::fetch_by_key_request request{.topic = "orders", .max_bytes = 1000};
    for (const auto key : keys) {
        request.keys.push_back({.key = key, .max_bytes = 1000});
    }
    return request_frame(0, correlation_id, request);
}

/// That of the only key, or of the whole request.
std::int16_t error_of_key(bytes_view frame, std::int32_t correlation_id) {
    const auto answer = decoded_response<protocol::fetch_by_key_response>(0, correlation_id, frame);
    return answer.error_code != 0 ? answer.error_code : answer.keys.at(0).error_code;
}

bytes handshake(bytes_view mechanism) {
    return request_frame(1, 100, protocol::sasl_handshake_request{.mechanism = mechanism});
}

bytes handshake_answer() {
    return response_frame(1, 100, protocol::sasl_handshake_response{});
}

bytes authenticate(bytes_view token) {
    return request_frame(2, 101, protocol::sasl_authenticate_request{.auth_bytes = token});
}

bytes authenticate_answer(std::int64_t lifetime_ms) {
    return response_frame(2, 101,
                          protocol::sasl_authenticate_response{.session_lifetime_ms = lifetime_ms});
}

/// Shows each question instead of answering it.
struct asking_world : session_world {
    explicit asking_world(std::chrono::milliseconds rights_for = std::chrono::seconds{10})
        : session_world{std::chrono::milliseconds{0}, rights_for} {
        answers_questions = false;
    }

    bool asks(const topic_list& topics) {
        return run_until([this] { return !topics_in_question().empty(); }) &&
               topics_in_question() == topics;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_rights)

BOOST_AUTO_TEST_CASE(nothing_is_answered_before_the_broker_said_so) {
    asking_world world;
    world.client->send(fetch_by_key(1));
    BOOST_TEST(world.asks({"orders"}));
    world.settle();
    BOOST_TEST(world.client->received.empty());
    world.answer_question_now();
    BOOST_TEST(error_of_key(world.at_client(), 1) == not_leader);
}

BOOST_AUTO_TEST_CASE(an_answer_is_remembered_and_asked_again) {
    session_world world{std::chrono::milliseconds{0}, std::chrono::milliseconds{0}};
    for (int n = 1; n <= 3; ++n) {
        world.client->send(produce(n));
        BOOST_TEST(produced(world.at_client(), n) == not_known);
        BOOST_TEST(world.questions_answered == n);
    }
    session_world remembering;
    for (int n = 1; n <= 3; ++n) {
        remembering.client->send(produce(n));
        BOOST_TEST(produced(remembering.at_client(), n) == not_known);
    }
    BOOST_TEST(remembering.questions_answered == 1);
}

BOOST_AUTO_TEST_CASE(the_question_has_its_place_in_the_order_of_requests) {
    asking_world world;
    world.client->send(heartbeat_request(1) + produce(2) + heartbeat_request(3));
    BOOST_TEST(world.at_broker() == heartbeat_request(1));
    BOOST_TEST(world.asks({"orders"}));
    const auto question = world.at_broker();
    world.settle();
    BOOST_TEST(world.upstream->received.empty());  // what comes later waits
    world.upstream->send(opaque_response(1, "one"));
    BOOST_TEST(world.at_client() == opaque_response(1, "one"));
    world.upstream->received = question;
    world.answer_question_now();
    BOOST_TEST(world.at_broker() == heartbeat_request(3));
    BOOST_TEST(produced(world.at_client(), 2) == not_known);
    world.upstream->send(opaque_response(3, "three"));
    BOOST_TEST(world.at_client() == opaque_response(3, "three"));
}

BOOST_AUTO_TEST_CASE(reads_sent_together_are_one_question) {
    asking_world world;
    world.client->send(fetch_by_key(1) + fetch_by_key(2) + fetch_by_key(3));
    BOOST_TEST(world.asks({"orders"}));
    world.settle();
    world.answer_question_now();
    // The second and third came while the first was asked.
    for (int n = 1; n <= 3; ++n) {
        world.run_until([&] {
            world.answer_question_now();
            return world.client->received.size() > protocol::frame_prefix_size;
        });
        BOOST_TEST(error_of_key(world.at_client(), n) == not_leader);
    }
    BOOST_TEST(world.questions_answered <= 2);
}

BOOST_AUTO_TEST_CASE(without_write_nothing_is_written_and_nothing_told) {
    session_world world;
    world.operations["orders"] = read_only;
    world.client->send(produce(1));
    const auto frame = world.at_client();
    const auto answer = decoded_response<protocol::produce_response>(9, 1, frame);
    const auto& refused = answer.responses.at(0).partition_responses.at(0);
    BOOST_TEST(refused.error_code == forbidden);
    BOOST_TEST(refused.base_offset == -1);
    BOOST_TEST(refused.log_start_offset == -1);
    BOOST_TEST(refused.error_message.value() == "bkes: no right to WRITE topic \"orders\"");
    BOOST_TEST(world.upstream->received.empty());
}

BOOST_AUTO_TEST_CASE(without_write_and_answer_the_connection_ends) {
    session_world world;
    world.operations["orders"] = read_only;
    world.client->send(produce(1, 0));
    BOOST_TEST(world.is_client_closed());
}

BOOST_AUTO_TEST_CASE(without_read_nothing_is_told) {
    session_world world;
    world.operations["orders"] = write_only;
    world.client->send(fetch_by_key(1));
    const auto frame = world.at_client();
    const auto answer = decoded_response<protocol::fetch_by_key_response>(0, 1, frame);
    BOOST_TEST(answer.keys.at(0).error_code == forbidden);
    BOOST_TEST(answer.keys.at(0).partition == -1);
    BOOST_TEST(answer.keys.at(0).next_order == -1);

    world.client->send(
        request_frame(0, 2, protocol::list_keys_request{.topic = "orders", .limit = 1}));
    const auto keys = world.at_client();
    BOOST_TEST(decoded_response<protocol::list_keys_response>(0, 2, keys).error_code == forbidden);

    protocol::fetch_request fetch;
    auto& asked = fetch.topics.emplace_back();
    asked.name = "orders.key.k";
    asked.partitions.emplace_back();
    world.client->send(request_frame(11, 3, fetch));
    const auto fetched = world.at_client();
    const auto in_fetch = decoded_response<protocol::fetch_response>(11, 3, fetched);
    BOOST_TEST(in_fetch.responses.at(0).partitions.at(0).error_code == forbidden);
    BOOST_TEST(in_fetch.responses.at(0).partitions.at(0).high_watermark == -1);
}

BOOST_AUTO_TEST_CASE(without_describe_a_key_topic_has_no_place) {
    session_world world;
    world.operations["orders"] = 0;
    protocol::list_offsets_request offsets;
    auto& asked = offsets.topics.emplace_back();
    asked.name = "orders.key.k";
    asked.partitions.emplace_back().timestamp = -1;
    world.client->send(request_frame(5, 1, offsets));
    const auto listed = world.at_client();
    const auto answer = decoded_response<protocol::list_offsets_response>(5, 1, listed);
    BOOST_TEST(answer.topics.at(0).partitions.at(0).error_code == forbidden);
    BOOST_TEST(answer.topics.at(0).partitions.at(0).offset == -1);

    protocol::metadata_request metadata;
    metadata.topics->push_back({.topic_id = {}, .name = "orders.key.k"});
    world.client->send(request_frame(12, 2, metadata));
    world.at_broker();
    world.upstream->send(response_frame(12, 2, protocol::metadata_response{}));
    const auto described = world.at_client();
    const auto topics = decoded_response<protocol::metadata_response>(12, 2, described).topics;
    BOOST_TEST(topics.at(0).error_code == forbidden);
    BOOST_TEST(topics.at(0).name.value() == "orders.key.k");
    BOOST_TEST(topics.at(0).topic_id.is_zero());
    BOOST_TEST(topics.at(0).partitions.empty());
}

BOOST_AUTO_TEST_CASE(what_a_client_may_do_is_told_in_metadata) {
    session_world world;
    world.operations["orders"] = write_only;
    protocol::metadata_request metadata{.include_topic_authorized_operations = true};
    metadata.topics->push_back({.topic_id = {}, .name = "orders.key.k"});
    world.client->send(request_frame(12, 2, metadata));
    world.at_broker();
    world.upstream->send(response_frame(12, 2, protocol::metadata_response{}));
    const auto frame = world.at_client();
    const auto answer = decoded_response<protocol::metadata_response>(12, 2, frame);
    BOOST_TEST(answer.topics.at(0).error_code == 0);
    BOOST_TEST(answer.topics.at(0).topic_authorized_operations == 0x100);
}

BOOST_AUTO_TEST_CASE(rights_to_keys_are_those_to_their_topics) {
    asking_world world;
    world.server.settings.authorize = proxy::authorization::keys;
    world.operations["orders.key.b"] = read_only;
    world.client->send(produce(1, -1, {"a", "b"}));
    BOOST_TEST(world.asks({"orders.key.a", "orders.key.b"}));
    world.answer_question_now();
    BOOST_TEST(produced(world.at_client(), 1) == forbidden);

    world.client->send(produce(2, -1, {"a"}));
    BOOST_TEST(produced(world.at_client(), 2) == not_known);

    // Who may read the topic may read all keys.
    world.client->send(fetch_by_key(3, {"b", "c."}));
    BOOST_TEST(world.asks({"orders", "orders.key.c.2E"}));
    world.operations["orders.key.c.2E"] = world.operations["orders"] = write_only;
    world.answer_question_now();
    const auto frame = world.at_client();
    const auto answer = decoded_response<protocol::fetch_by_key_response>(0, 3, frame);
    BOOST_TEST(answer.error_code == not_leader);  // b may be read, but isn't there yet
}

BOOST_AUTO_TEST_CASE(a_record_without_a_key_needs_the_topic_itself) {
    asking_world world;
    world.server.settings.authorize = proxy::authorization::keys;
    bytes batch;
    protocol::batch_builder builder{batch};
    const auto body = protocol::encode_record_body("value", {});
    builder.add({.timestamp_ms = 1, .key = {}, .body = body});
    builder.finish(log_offset{0}, {});
    protocol::produce_request request{.acks = -1, .timeout_ms = 50};
    request.topic_data.push_back(
        {.name = "orders", .partition_data = {{.index = 0, .records = batch}}});
    world.client->send(request_frame(9, 1, request));
    BOOST_TEST(world.asks({"orders"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_within_a_login) {
    asking_world world;
    world.server.settings.hold = std::chrono::seconds{10};
    protocol::fetch_by_key_request slow{
        .topic = "orders", .max_wait_ms = 10'000, .max_bytes = 1000};
    slow.keys.push_back({.key = "k", .min_next_order = 1, .max_bytes = 1000});
    world.client->send(handshake("SCRAM-SHA-256") + request_frame(0, 1, slow));
    BOOST_TEST(world.at_broker() == handshake("SCRAM-SHA-256"));
    // Another request shows that the client takes itself for logged in, so it is asked in its place.
    BOOST_TEST(world.asks({"orders"}));
}

BOOST_AUTO_TEST_CASE(a_question_waits_for_the_end_of_a_login) {
    for (const auto lifetime_ms : {0, 60'000}) {
        asking_world world{std::chrono::milliseconds{0}};
        world.client->send(fetch_by_key(1));
        BOOST_TEST(world.asks({"orders"}));
        world.client->send(handshake("PLAIN"));
        world.settle();
        world.answer_question_now();
        BOOST_TEST(world.at_broker() == handshake("PLAIN"));
        world.upstream->send(handshake_answer());
        const auto waited = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
        BOOST_TEST(world.run_until([&] { return std::chrono::steady_clock::now() > waited; }));
        BOOST_TEST(world.upstream->received.empty());  // though it looks at its topic again
        BOOST_TEST(world.client->received.empty());
        world.client->send(authenticate("token"));
        BOOST_TEST(world.at_broker() == authenticate("token"));
        world.upstream->send(authenticate_answer(lifetime_ms));
        BOOST_TEST(world.asks({"orders"}));
        world.answer_question_now();
        BOOST_TEST(error_of_key(world.at_client(), 1) == not_leader);
        BOOST_TEST(world.at_client() == handshake_answer());
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_done_when_the_broker_goes_instead_of_answering) {
    asking_world world;
    world.client->send(produce(1) + heartbeat_request(2));
    BOOST_TEST(world.asks({"orders"}));
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());

    asking_world reading;
    reading.client->send(fetch_by_key(1));
    BOOST_TEST(reading.asks({"orders"}));
    reading.upstream->close();
    BOOST_TEST(reading.is_client_closed());
    BOOST_TEST(reading.client->received.empty());
}

BOOST_AUTO_TEST_CASE(a_right_that_ended_while_a_read_waits_ends_it) {
    session_world world{std::chrono::milliseconds{0}, std::chrono::milliseconds{0}};
    world.server.settings.hold = std::chrono::milliseconds{200};
    world.client->send(fetch_by_key(1));
    BOOST_TEST(world.run_until([&] { return world.questions_answered == 1; }));
    world.operations["orders"] = write_only;
    BOOST_TEST(error_of_key(world.at_client(), 1) == forbidden);
    BOOST_TEST(world.questions_answered >= 2);
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_ends_with_the_broker_that_has_to_be_asked) {
    session_world world{std::chrono::milliseconds{0}, std::chrono::milliseconds{0}};
    world.server.settings.hold = std::chrono::milliseconds{200};
    world.client->send(fetch_by_key(1));
    BOOST_TEST(world.run_until([&] { return world.questions_answered == 1; }));
    world.settle();
    world.upstream->close();
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());
}

BOOST_AUTO_TEST_CASE(a_question_that_is_refused_ends_the_connection) {
    asking_world world;
    world.client->send(fetch_by_key(1));
    BOOST_TEST(world.asks({"orders"}));
    protocol::metadata_response refused;
    auto& topic = refused.topics.emplace_back();
    topic.name = "orders";
    topic.error_code = 34;  // ILLEGAL_SASL_STATE
    world.upstream->send(response_frame(8, proxy::rights_question_id, refused));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_that_makes_no_sense_ends_the_connection) {
    asking_world world;
    world.client->send(produce(1));
    BOOST_TEST(world.asks({"orders"}));
    world.upstream->send(opaque_response(proxy::rights_question_id, "nonsense"));
    BOOST_TEST(world.is_client_closed());
    BOOST_TEST(world.client->received.empty());
}

BOOST_AUTO_TEST_SUITE_END()
