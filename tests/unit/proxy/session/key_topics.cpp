// Requests that name key topics: the broker never hears of one.

#include "protocol/messages/metadata.hpp"
#include "proxy/key_topics/key_topic.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;
using protocol::metadata_request;
using protocol::metadata_response;

constexpr bytes_view key_name = "orders.key.a-1";
constexpr std::int32_t bkes_node = session_world::bkes_node;

metadata_request asking_for(std::initializer_list<bytes_view> names) {
    metadata_request request;
    for (const auto name : names) {
        request.topics->push_back({.name = name});
    }
    return request;
}

metadata_response broker_answer(std::initializer_list<bytes_view> topics) {
    metadata_response response;
    response.brokers.push_back({.node_id = 4, .host = "real-broker", .port = 9092});
    for (const auto name : topics) {
        response.topics.emplace_back().name = name;
    }
    return response;
}

/// What the client gets; `frame` owns what the answer's views point into.
metadata_response ask(session_world& world, std::int16_t version, const metadata_request& request,
                      const metadata_response& of_broker, bytes& frame) {
    const auto at_broker = world.forward(request_frame(version, 5, request));
    BOOST_TEST(at_broker.find("orders.key") == bytes::npos);
    world.upstream->send(response_frame(version, 5, of_broker));
    frame = world.at_client();
    return decoded_response<metadata_response>(version, 5, frame);
}

bool names_bkes_node(const metadata_response& response) {
    return std::ranges::count(response.brokers, bkes_node, &metadata_response::broker::node_id) ==
           1;
}

uuid id_of(bytes_view name) {
    return proxy::key_topic_id(name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_key_topics)

BOOST_AUTO_TEST_CASE(metadata_describes_a_key_topic_in_every_version) {
    for (std::int16_t version = 0; version <= 13; ++version) {
        BOOST_TEST_CONTEXT("v" << version) {
            session_world world;
            bytes frame;
            const auto got = ask(world, version, asking_for({"plain", key_name}),
                                 broker_answer({"plain"}), frame);
            BOOST_TEST(names_bkes_node(got));
            BOOST_REQUIRE_EQUAL(got.topics.size(), 2U);
            BOOST_TEST((got.topics[0].name == "plain"));
            const auto& topic = got.topics[1];
            BOOST_TEST((topic.name == key_name));
            BOOST_TEST(topic.error_code == 0);
            BOOST_REQUIRE_EQUAL(topic.partitions.size(), 1U);
            BOOST_TEST(topic.partitions[0].leader_id == bkes_node);
            BOOST_TEST((topic.topic_id == (version < 10 ? uuid{} : id_of(key_name))));
        }
    }
}

BOOST_AUTO_TEST_CASE(metadata_v0_that_asks_only_for_a_key_topic_gets_no_other) {
    session_world world;
    bytes frame;
    // Version 0 can't ask for nothing: the broker answers with all topics.
    const auto got = ask(world, 0, asking_for({key_name}), broker_answer({"a", "b"}), frame);
    BOOST_REQUIRE_EQUAL(got.topics.size(), 1U);
    BOOST_TEST((got.topics[0].name == key_name));
}

BOOST_AUTO_TEST_CASE(metadata_that_asks_only_for_a_key_topic_asks_the_broker_for_none) {
    session_world world;
    const auto at_broker = world.forward(request_frame(9, 5, asking_for({key_name})));
    const auto asked = decoded_request<metadata_request>(at_broker);
    BOOST_REQUIRE(asked.topics.has_value());  // null would be all
    BOOST_TEST(asked.topics->empty());
}

BOOST_AUTO_TEST_CASE(metadata_knows_the_ids_that_were_handed_out) {
    session_world world;
    bytes frame;
    ask(world, 12, asking_for({key_name}), broker_answer({}), frame);
    metadata_request by_id;
    by_id.topics->push_back({.topic_id = id_of(key_name), .name = std::nullopt});
    by_id.topics->push_back({.topic_id = id_of("orders.key.other"), .name = std::nullopt});
    const auto got = ask(world, 12, by_id, broker_answer({}), frame);
    BOOST_REQUIRE_EQUAL(got.topics.size(), 2U);
    BOOST_TEST((got.topics[0].name == key_name));
    BOOST_TEST(got.topics[0].error_code == 0);
    BOOST_TEST(got.topics[1].error_code == 100);
    BOOST_TEST((got.topics[1].topic_id == id_of("orders.key.other")));
    BOOST_TEST(!got.topics[1].name.has_value());
}

BOOST_AUTO_TEST_CASE(metadata_refuses_names_that_no_key_gives) {
    for (const bytes_view name : {"orders.key.a.2e", "orders.key.a.41", "orders.key.a."}) {
        session_world world;
        bytes frame;
        const auto got = ask(world, 9, asking_for({name}), broker_answer({}), frame);
        BOOST_REQUIRE_EQUAL(got.topics.size(), 1U);
        BOOST_TEST(got.topics[0].error_code == 17);
        BOOST_TEST((got.topics[0].name == name));
    }
}

BOOST_AUTO_TEST_CASE(metadata_without_key_topics_does_not_name_the_bkes_node) {
    session_world world;
    bytes frame;
    const auto got = ask(world, 9, asking_for({"plain"}), broker_answer({"plain"}), frame);
    BOOST_TEST(!names_bkes_node(got));
    BOOST_TEST(got.brokers.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
