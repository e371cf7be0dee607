// No response of any version tells a broker's real address; ApiVersions offers what bkes can.

#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/describe_cluster.hpp"
#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/produce.hpp"
#include "protocol/messages/share_acknowledge.hpp"
#include "protocol/messages/share_fetch.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

#include <algorithm>

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;

constexpr bytes_view real_host = "real-broker";
constexpr std::int32_t real_port = 9'092;
constexpr std::int32_t nodes[]{4, 7};
constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t broker_resource = 4;

/// Sends `request` in one version and gives what the client gets for `response`.
template <class Request, class Response>
bytes exchange(std::int16_t version, const Request& request, const Response& response) {
    session_world world;
    const auto frame = request_frame(version, 5, request);
    BOOST_TEST(world.forward(frame) == frame);
    world.upstream->send(response_frame(version, 5, response));
    auto relayed = world.at_client();
    BOOST_TEST(relayed.find(real_host) == bytes::npos);
    BOOST_TEST(world.brokers.real(node_id{nodes[0]}).has_value());
    return relayed;
}

/// Calls `check` for each version that both the table and the codec know.
template <class Message, class Check>
void in_all_versions_from(std::int16_t first, Check check) {
    const auto& row = *protocol::find_api(Message::schema.key);
    const auto begin = std::max({first, row.versions.min, Message::schema.versions.min});
    for (auto version = begin; version <= row.versions.max; ++version) {
        BOOST_TEST_CONTEXT(Message::schema.name << " v" << version) {
            check(version);
        }
    }
}

template <class Broker>
void add_brokers(std::vector<Broker>& brokers) {
    for (const auto node : nodes) {
        auto& broker = brokers.emplace_back();
        if constexpr (requires { broker.broker_id; }) {
            broker.broker_id = node;
        } else {
            broker.node_id = node;
        }
        broker.host = real_host;
        broker.port = real_port;
    }
}

template <class Broker>
void check_broker(const Broker& broker, std::int32_t node) {
    if constexpr (requires { broker.broker_id; }) {
        BOOST_TEST(broker.broker_id == node);
    } else {
        BOOST_TEST(broker.node_id == node);
    }
    BOOST_TEST(broker.host == "bkes-host");
    BOOST_TEST(broker.port == session_world::port_base + node);
}

template <class Brokers>
void check_brokers(const Brokers& brokers) {
    BOOST_REQUIRE_EQUAL(brokers.size(), std::size(nodes));
    for (std::size_t index = 0; index < brokers.size(); ++index) {
        check_broker(brokers[index], nodes[index]);
    }
}

/// Settings in which an address may stand, and some in which none does, all with the same value.
protocol::describe_configs_response::result described(std::int8_t resource_type) {
    protocol::describe_configs_response::result result;
    result.resource_type = resource_type;
    for (const auto* name :
         {"advertised.listeners", "listeners", "controller.quorum.voters",
          "controller.quorum.bootstrap.servers", "early.start.listeners", "log.dirs"}) {
        auto& config = result.configs.emplace_back();
        config.name = name;
        config.value = real_host;
        config.synonyms.push_back({.name = name, .value = real_host, .source = 4});
    }
    return result;
}

template <class Request, class Response>
void check_endpoints_from(std::int16_t first) {
    in_all_versions_from<Response>(first, [](std::int16_t version) {
        Response response;
        add_brokers(response.node_endpoints);
        const auto relayed = exchange(version, Request{}, response);
        check_brokers(decoded_response<Response>(version, 5, relayed).node_endpoints);
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_addresses)

BOOST_AUTO_TEST_CASE(rewrites_brokers_in_metadata_and_nothing_else) {
    constexpr std::int16_t first_with_rack = 1;
    in_all_versions_from<protocol::metadata_response>(0, [](std::int16_t version) {
        const bool is_flexible = version >= protocol::metadata_response::schema.flexible_since;
        const protocol::unknown_tagged_fields newer{{.tag = 9, .content = "newer"}};
        protocol::metadata_response response;
        add_brokers(response.brokers);
        auto& topic = response.topics.emplace_back();
        topic.name = "plain";
        topic.partitions.push_back({.leader_id = nodes[1], .replica_nodes = {nodes[1], nodes[0]}});
        if (version >= first_with_rack) {
            response.controller_id = nodes[0];
            response.brokers[1].rack = "rack";
        }
        if (is_flexible) {
            response.brokers[0].unknown_tags = newer;
            topic.unknown_tags = newer;
            response.unknown_tags = newer;
        }
        const auto relayed = exchange(version, protocol::metadata_request{}, response);
        for (auto& broker : response.brokers) {
            broker.host = "bkes-host";
            broker.port = session_world::port_base + broker.node_id;
        }
        BOOST_TEST(relayed == response_frame(version, 5, response));
    });
}

BOOST_AUTO_TEST_CASE(rewrites_find_coordinator) {
    in_all_versions_from<protocol::find_coordinator_response>(0, [](std::int16_t version) {
        constexpr std::int16_t first_with_many = 4;
        protocol::find_coordinator_request request;
        protocol::find_coordinator_response response;
        if (version < first_with_many) {
            request.key = "group";
            response.node_id = nodes[0];
            response.host = real_host;
            response.port = real_port;
        } else {
            request.coordinator_keys = {"group", "other"};
            add_brokers(response.coordinators);
        }
        const auto relayed = exchange(version, request, response);
        const auto got = decoded_response<protocol::find_coordinator_response>(version, 5, relayed);
        if (version < first_with_many) {
            check_broker(got, nodes[0]);
        } else {
            check_brokers(got.coordinators);
        }
    });
}

BOOST_AUTO_TEST_CASE(leaves_an_unavailable_coordinator_alone) {
    session_world world;
    const protocol::find_coordinator_response response{
        .error_code = 15, .node_id = -1, .host = "", .port = -1};
    world.forward(request_frame(3, 5, protocol::find_coordinator_request{.key = "group"}));
    world.upstream->send(response_frame(3, 5, response));
    BOOST_TEST(world.at_client() == response_frame(3, 5, response));
}

BOOST_AUTO_TEST_CASE(rewrites_describe_cluster) {
    in_all_versions_from<protocol::describe_cluster_response>(0, [](std::int16_t version) {
        protocol::describe_cluster_response response{.controller_id = nodes[1]};
        add_brokers(response.brokers);
        const auto relayed = exchange(version, protocol::describe_cluster_request{}, response);
        const auto got = decoded_response<protocol::describe_cluster_response>(version, 5, relayed);
        check_brokers(got.brokers);
        BOOST_TEST(got.controller_id == nodes[1]);
    });
}

BOOST_AUTO_TEST_CASE(rewrites_node_endpoints) {
    in_all_versions_from<protocol::produce_response>(10, [](std::int16_t version) {
        protocol::produce_response response;
        add_brokers(response.node_endpoints);
        const auto relayed = exchange(version, protocol::produce_request{.acks = 1}, response);
        check_brokers(
            decoded_response<protocol::produce_response>(version, 5, relayed).node_endpoints);
    });
    check_endpoints_from<protocol::fetch_request, protocol::fetch_response>(16);
    check_endpoints_from<protocol::share_fetch_request, protocol::share_fetch_response>(0);
    check_endpoints_from<protocol::share_acknowledge_request, protocol::share_acknowledge_response>(
        0);
}

BOOST_AUTO_TEST_CASE(hides_addresses_in_the_settings_of_brokers) {
    in_all_versions_from<protocol::describe_configs_response>(0, [](std::int16_t version) {
        protocol::describe_configs_request request;
        request.resources.push_back({.resource_type = topic_resource, .resource_name = "plain"});
        request.resources.push_back({.resource_type = broker_resource, .resource_name = "1"});
        protocol::describe_configs_response response;
        response.results.push_back(described(topic_resource));
        response.results.push_back(described(broker_resource));
        session_world world;
        world.forward(request_frame(version, 5, request));
        world.upstream->send(response_frame(version, 5, response));
        const auto relayed = world.at_client();
        const auto got = decoded_response<protocol::describe_configs_response>(version, 5, relayed);
        BOOST_REQUIRE(got.results.size() == 2U);
        for (const auto& config : got.results[0].configs) {
            BOOST_TEST((config.value == real_host && !config.is_sensitive));
        }
        for (const auto& config : got.results[1].configs) {
            const bool is_hidden =
                config.name != "log.dirs" && config.name != "early.start.listeners";
            BOOST_TEST_CONTEXT(config.name) {
                BOOST_TEST(config.value.has_value() == !is_hidden);
                BOOST_TEST(config.is_sensitive == is_hidden);
                BOOST_TEST(config.synonyms.at(0).value.has_value() == !is_hidden);
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(passes_settings_of_topics_as_they_are) {
    session_world world;
    protocol::describe_configs_request request;
    request.resources.push_back({.resource_type = topic_resource, .resource_name = "plain"});
    const auto frame = request_frame(4, 5, request);
    BOOST_TEST((world.forward(frame) == frame));
    world.upstream->send(opaque_response(5, "anything"));
    BOOST_TEST((world.at_client() == opaque_response(5, "anything")));
}

BOOST_AUTO_TEST_CASE(passes_responses_without_endpoints_as_they_are) {
    protocol::produce_response response;
    response.responses.push_back({.name = "plain"});
    for (std::int16_t version = 3; version <= 12; ++version) {
        session_world world;
        world.forward(request_frame(version, 5, protocol::produce_request{.acks = -1}));
        world.upstream->send(response_frame(version, 5, response));
        BOOST_TEST(world.at_client() == response_frame(version, 5, response));
    }
}

BOOST_AUTO_TEST_CASE(offers_the_versions_that_both_sides_know) {
    in_all_versions_from<protocol::api_versions_response>(0, [](std::int16_t version) {
        session_world world;
        protocol::api_versions_response response;
        response.api_keys = {{.api_key = 0, .min_version = 0, .max_version = 13},
                             {.api_key = 1, .min_version = 4, .max_version = 17},
                             {.api_key = 3, .min_version = 0, .max_version = 99},
                             {.api_key = 9'999, .min_version = 0, .max_version = 1}};
        world.forward(request_frame(version, 5, protocol::api_versions_request{}));
        world.upstream->send(response_frame(version, 5, response));
        const auto relayed = world.at_client();
        const auto got = decoded_response<protocol::api_versions_response>(version, 5, relayed);
        std::vector<std::array<int, 3>> offered;
        for (const auto& api : got.api_keys) {
            offered.push_back({api.api_key, api.min_version, api.max_version});
        }
        const std::vector<std::array<int, 3>> expected{
            {0, 0, 12},     {1, 4, 17},     {3, 0, 13},    {20'001, 0, 1},
            {20'002, 0, 0}, {20'003, 0, 0}, {20'004, 0, 0}};
        BOOST_TEST((offered == expected));
    });
}

BOOST_AUTO_TEST_CASE(answers_api_versions_of_the_future_in_version_0) {
    session_world world;
    world.client->send(opaque_request(18, 5, 5, "of a form that nobody knows yet"));
    const auto refused = world.at_client();
    const auto got = decoded_response<protocol::api_versions_response>(0, 5, refused);
    BOOST_TEST(got.error_code == 35);
    BOOST_REQUIRE(got.api_keys.size() == 1U);
    BOOST_TEST(got.api_keys[0].api_key == 18);
    BOOST_TEST(got.api_keys[0].max_version == 4);
    BOOST_TEST(world.upstream->received.empty());
}

BOOST_AUTO_TEST_CASE(passes_on_that_an_older_broker_refuses_a_version) {
    session_world world;
    protocol::api_versions_response refusal{.error_code = 35};
    refusal.api_keys = {{.api_key = 18, .min_version = 0, .max_version = 3}};
    world.forward(request_frame(4, 5, protocol::api_versions_request{}));
    world.upstream->send(response_frame(0, 5, refusal));
    const auto relayed = world.at_client();
    const auto got = decoded_response<protocol::api_versions_response>(0, 5, relayed);
    BOOST_TEST(got.error_code == 35);
    BOOST_TEST(got.api_keys.at(0).max_version == 3);
}

BOOST_AUTO_TEST_SUITE_END()
