// No request takes the name or the id of a key topic to the brokers (contract section 9): the same
// is said of every field of every request that can hold one. Which these are, the field lists say
// (field_rules::topic), and tests/golden/topic_fields.py holds that against Kafka's definitions.

#include "protocol/api_table.hpp"
#include "proxy/key_topics/key_topic.hpp"
#include "tests/support/golden_vectors.hpp"
#include "tests/support/message_table.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

#include <string>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;
using bkes::tests::message_row;

constexpr std::int16_t heartbeat = 12;
const bytes key_name = "orders.key.a-1";
const bytes malformed_name = "orders.key.a.2e";

struct place {
    std::string path;
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_id = false;
};

bytes id_bytes(bytes_view name) {
    const auto id = proxy::key_topic_id(name);
    return {id.octets.begin(), id.octets.end()};
}

bytes encoded_name(bytes_view name, bool is_flexible) {
    bytes text;
    if (!is_flexible) {
        text.push_back('\0');
    }
    text.push_back(static_cast<char>(name.size() + (is_flexible ? 1 : 0)));
    return text.append(name);
}

/// Where a body names topics. The type of a resource, which says whether its name is a topic's, is
/// set to that of topics.
std::vector<place> places_of_topics(const message_row& message, bytes& body, std::int16_t version) {
    std::vector<place> places;
    const auto visit = [&](const protocol::located_field& field) {
        if (field.path == "resources.resource_type") {
            constexpr char topic_resource = 2;
            body[field.begin] = topic_resource;
        }
        if (field.topic != protocol::topic_reference::none ||
            field.path == "resources.resource_name") {
            places.push_back({.path = field.path.text(),
                              .begin = field.begin,
                              .end = field.end,
                              .is_id = field.topic == protocol::topic_reference::id});
        }
        return protocol::walk::go_on;
    };
    BOOST_REQUIRE(message.locate(body, version, visit));
    return places;
}

/// All that the broker gets for it.
bytes what_passes(const message_row& message, std::int16_t version, bytes_view body) {
    session_world world;
    const auto next = opaque_request(heartbeat, 4, 2, "next");
    world.client->send(opaque_request(message.schema.key, version, 1, body) + next);
    bytes passed;
    while (true) {
        const auto frame = world.at_broker();
        BOOST_REQUIRE(!frame.empty());
        if (frame == next) {
            return passed;
        }
        passed += frame;
    }
}

/// Calls `check(version, body, place)` for each place of a topic in each version that is offered.
template <class Check>
void for_each_place(const message_row& message, Check check) {
    const auto& api = *protocol::find_api(message.schema.key);
    for (const auto& vector : bkes::tests::load_vectors(message.schema.name)) {
        if (vector.name != "edge_long" || !api.versions.contains(vector.version)) {
            continue;  // edge_long has one element in each array, and nothing is null
        }
        auto body = vector.body;
        for (const auto& place : places_of_topics(message, body, vector.version)) {
            BOOST_TEST_CONTEXT(message.schema.name << " v" << vector.version << " " << place.path) {
                check(vector.version, body, place);
            }
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_key_topic_names)

BOOST_AUTO_TEST_CASE(no_request_takes_one_to_the_brokers) {
    std::size_t count = 0;
    for (const auto& message : bkes::tests::all_messages()) {
        if (!message.schema.name.ends_with("_request") ||
            protocol::is_extension(protocol::find_api(message.schema.key)->key)) {
            continue;
        }
        for_each_place(message, [&](std::int16_t version, bytes body, const place& place) {
            const bool is_flexible = version >= message.schema.flexible_since;
            for (const auto& name : {key_name, malformed_name}) {
                const auto value = place.is_id ? id_bytes(name) : encoded_name(name, is_flexible);
                auto named = body;
                named.replace(place.begin, place.end - place.begin, value);
                const auto passed = what_passes(message, version, named);
                BOOST_TEST(passed.find(place.is_id ? value : name) == bytes::npos);
                ++count;
            }
        });
    }
    BOOST_TEST(count > 300U);
}

BOOST_AUTO_TEST_SUITE_END()
