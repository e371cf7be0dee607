// What a key topic gets in requests that are the brokers', in each form that Kafka has for it, and
// that the rest goes on: a real topic stands next to it, and the broker answers for that one.

#include "protocol/messages/add_partitions_to_txn.hpp"
#include "protocol/messages/consumer_group_heartbeat.hpp"
#include "protocol/messages/delete_topics.hpp"
#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/describe_log_dirs.hpp"
#include "protocol/messages/describe_share_group_offsets.hpp"
#include "protocol/messages/describe_topic_partitions.hpp"
#include "protocol/messages/elect_leaders.hpp"
#include "protocol/messages/incremental_alter_configs.hpp"
#include "protocol/messages/list_partition_reassignments.hpp"
#include "protocol/messages/share_fetch.hpp"
#include "protocol/messages/write_txn_markers.hpp"
#include "proxy/key_topics/key_topic.hpp"
#include "tests/unit/proxy/session/session_world.hpp"

namespace {

using namespace bkes;
using namespace bkes::proxy::tests;
using namespace bkes::protocol;  // NOLINT: the messages above

constexpr bytes_view key_name = "orders.key.a-1";
constexpr std::int16_t invalid_topic = 17;
constexpr std::int16_t unknown_topic_id = 100;
constexpr std::int16_t of_broker = 7;  ///< an error that no key topic gets

/// A session in which one request is split.
template <class Request, class Response>
struct split_exchange {
    session_world world{};
    std::int16_t version = 0;
    bytes at_broker{};
    bytes at_client{};

    explicit split_exchange(std::int16_t of_version) : version{of_version} {}

    /// What the broker is asked instead.
    Request ask(const Request& request) {
        at_broker = world.forward(request_frame(version, 5, request));
        BOOST_TEST(at_broker.find("orders.key") == bytes::npos);
        return decoded_request<Request>(at_broker);
    }

    /// What the client gets, once the broker has answered.
    Response answer(const Response& response) {
        world.upstream->send(response_frame(version, 5, response));
        at_client = world.at_client();
        return decoded_response<Response>(version, 5, at_client);
    }

    /// What the client gets, where nothing is left to ask the broker.
    Response ask_bkes_alone(const Request& request) {
        world.client->send(request_frame(version, 5, request));
        at_client = world.at_client();
        BOOST_TEST(world.upstream->received.empty());
        return decoded_response<Response>(version, 5, at_client);
    }
};

uuid real_id() {
    uuid id;
    id.octets.fill(0x44);
    return id;
}

add_partitions_to_txn_request::transaction transaction_of(bytes_view id,
                                                          std::initializer_list<bytes_view> names) {
    add_partitions_to_txn_request::transaction one{.transactional_id = id};
    for (const auto name : names) {
        one.topics.push_back({.name = name, .partitions = {0, 3}});
    }
    return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_key_topic_refusals)

BOOST_AUTO_TEST_CASE(deletion_by_name_in_every_version) {
    for (std::int16_t version = 1; version <= 6; ++version) {
        BOOST_TEST_CONTEXT("v" << version) {
            split_exchange<delete_topics_request, delete_topics_response> exchange{version};
            delete_topics_request request;
            if (version < 6) {
                request.topic_names = {key_name, "plain"};
            } else {
                request.topics = {{.name = key_name}, {.name = "plain"}};
            }
            const auto asked = exchange.ask(request);
            BOOST_TEST(asked.topic_names.size() + asked.topics.size() == 1U);
            delete_topics_response response;
            response.responses.push_back({.name = "plain", .error_code = of_broker});
            const auto got = exchange.answer(response).responses;
            BOOST_REQUIRE_EQUAL(got.size(), 2U);
            BOOST_TEST((got[0].name == "plain"));
            BOOST_TEST(got[0].error_code == of_broker);
            BOOST_TEST((got[1].name == key_name));
            BOOST_TEST(got[1].error_code == invalid_topic);
            BOOST_TEST(got[1].error_message.has_value() == (version >= 5));
        }
    }
}

BOOST_AUTO_TEST_CASE(deletion_by_id) {
    split_exchange<delete_topics_request, delete_topics_response> exchange{6};
    const auto known = exchange.world.server.key_ids.hand_out(key_name);
    const auto unknown = proxy::key_topic_id("orders.key.other");
    delete_topics_request request;
    request.topics = {{.topic_id = known},
                      {.topic_id = unknown},
                      {.topic_id = real_id()},
                      {.name = key_name, .topic_id = real_id()}};
    const auto asked = exchange.ask(request);
    BOOST_REQUIRE_EQUAL(asked.topics.size(), 1U);
    BOOST_TEST((asked.topics[0].topic_id == real_id()));
    delete_topics_response response;
    response.responses.push_back({.name = "plain", .topic_id = real_id()});
    const auto got = exchange.answer(response).responses;
    BOOST_REQUIRE_EQUAL(got.size(), 4U);
    BOOST_TEST(got[0].error_code == 0);
    BOOST_TEST((got[1].topic_id == known));
    BOOST_TEST(got[1].error_code == invalid_topic);
    BOOST_TEST((got[2].topic_id == unknown));
    BOOST_TEST(got[2].error_code == unknown_topic_id);
    BOOST_TEST(got[3].error_code == invalid_topic);
}

BOOST_AUTO_TEST_CASE(nothing_left_is_answered_without_the_broker) {
    split_exchange<delete_topics_request, delete_topics_response> exchange{6};
    delete_topics_request request;
    request.topics = {{.name = key_name}, {.name = "orders.key.a.2e"}};
    const auto got = exchange.ask_bkes_alone(request).responses;
    BOOST_REQUIRE_EQUAL(got.size(), 2U);
    BOOST_TEST(got[0].error_code == invalid_topic);
    BOOST_TEST((got[1].name == "orders.key.a.2e"));
    BOOST_TEST(got[1].error_code == invalid_topic);
}

BOOST_AUTO_TEST_CASE(each_partition_where_the_answer_has_them) {
    for (std::int16_t version = 0; version <= 2; ++version) {
        BOOST_TEST_CONTEXT("v" << version) {
            split_exchange<elect_leaders_request, elect_leaders_response> exchange{version};
            elect_leaders_request request;
            request.topic_partitions = {{.name = key_name, .partitions = {4, 0}},
                                        {.name = "plain", .partitions = {1}}};
            const auto asked = exchange.ask(request);
            BOOST_TEST(asked.topic_partitions->size() == 1U);
            elect_leaders_response response;
            response.replica_election_results.push_back({.name = "plain"});
            const auto got = exchange.answer(response).replica_election_results;
            BOOST_REQUIRE_EQUAL(got.size(), 2U);
            BOOST_TEST(got[1].name == key_name);
            BOOST_REQUIRE_EQUAL(got[1].partition_result.size(), 2U);
            BOOST_TEST(got[1].partition_result[0].partition_id == 4);
            BOOST_TEST(got[1].partition_result[0].error_code == invalid_topic);
            BOOST_TEST(got[1].partition_result[1].error_code == invalid_topic);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_transaction) {
    for (std::int16_t version = 0; version <= 3; ++version) {
        split_exchange<add_partitions_to_txn_request, add_partitions_to_txn_response> exchange{
            version};
        add_partitions_to_txn_request request;
        request.v3_and_below_topics = transaction_of("t", {key_name, "plain"}).topics;
        BOOST_TEST(exchange.ask(request).v3_and_below_topics.size() == 1U);
        add_partitions_to_txn_response response;
        response.results_by_topic_v3_and_below.push_back({.name = "plain"});
        const auto got = exchange.answer(response).results_by_topic_v3_and_below;
        BOOST_REQUIRE_EQUAL(got.size(), 2U);
        BOOST_TEST(got[1].name == key_name);
        BOOST_REQUIRE_EQUAL(got[1].results_by_partition.size(), 2U);
        BOOST_TEST(got[1].results_by_partition[1].partition_index == 3);
        BOOST_TEST(got[1].results_by_partition[1].partition_error_code == invalid_topic);
    }
}

// One with key topics alone isn't asked for: empty, it would begin a transaction.
BOOST_AUTO_TEST_CASE(several_transactions) {
    for (std::int16_t version = 4; version <= 5; ++version) {
        split_exchange<add_partitions_to_txn_request, add_partitions_to_txn_response> exchange{
            version};
        add_partitions_to_txn_request request;
        request.transactions = {transaction_of("mixed", {"plain", key_name}),
                                transaction_of("real", {"plain"}),
                                transaction_of("keys", {key_name})};
        const auto asked = exchange.ask(request);
        BOOST_REQUIRE_EQUAL(asked.transactions.size(), 2U);
        BOOST_TEST(asked.transactions[1].transactional_id == "real");
        add_partitions_to_txn_response response;
        response.results_by_transaction.resize(2);
        response.results_by_transaction[0].transactional_id = "real";
        response.results_by_transaction[1].transactional_id = "mixed";
        response.results_by_transaction[1].topic_results.push_back({.name = "plain"});
        const auto got = exchange.answer(response).results_by_transaction;
        BOOST_REQUIRE_EQUAL(got.size(), 3U);
        BOOST_TEST(got[0].topic_results.empty());
        BOOST_REQUIRE_EQUAL(got[1].topic_results.size(), 2U);
        BOOST_TEST(got[1].topic_results[1].name == key_name);
        BOOST_TEST(got[2].transactional_id == "keys");
        BOOST_TEST(got[2].topic_results.at(0).results_by_partition.at(0).partition_error_code ==
                   invalid_topic);
    }
}

BOOST_AUTO_TEST_CASE(markers_of_several_producers) {
    for (std::int16_t version = 1; version <= 2; ++version) {
        split_exchange<write_txn_markers_request, write_txn_markers_response> exchange{version};
        write_txn_markers_request request;
        request.markers.resize(2);
        request.markers[0].producer_id = 70;
        request.markers[0].topics = {{.name = key_name, .partition_indexes = {0}}};
        request.markers[1].producer_id = 71;
        request.markers[1].topics = {{.name = "plain", .partition_indexes = {0}},
                                     {.name = key_name, .partition_indexes = {2}}};
        BOOST_TEST(exchange.ask(request).markers.size() == 1U);
        write_txn_markers_response response;
        response.markers.push_back({.producer_id = 71, .topics = {{.name = "plain"}}});
        const auto got = exchange.answer(response).markers;
        BOOST_REQUIRE_EQUAL(got.size(), 2U);
        BOOST_REQUIRE_EQUAL(got[0].topics.size(), 2U);
        BOOST_TEST(got[0].topics[1].partitions.at(0).partition_index == 2);
        BOOST_TEST(got[1].producer_id == 70);
        BOOST_TEST(got[1].topics.at(0).partitions.at(0).error_code == invalid_topic);
    }
}

BOOST_AUTO_TEST_CASE(groups_that_ask_for_some_topics_and_for_all) {
    split_exchange<describe_share_group_offsets_request, describe_share_group_offsets_response>
        exchange{1};
    describe_share_group_offsets_request request;
    request.groups.resize(2);
    request.groups[0] = {.group_id = "all", .topics = std::nullopt};
    request.groups[1].group_id = "some";
    request.groups[1].topics = {{.topic_name = key_name, .partitions = {0}},
                                {.topic_name = "plain", .partitions = {0}}};
    const auto asked = exchange.ask(request);
    BOOST_REQUIRE_EQUAL(asked.groups.size(), 2U);
    BOOST_TEST(!asked.groups[0].topics.has_value());
    BOOST_TEST(asked.groups[1].topics->size() == 1U);
    describe_share_group_offsets_response response;
    response.groups.resize(2);
    response.groups[0].group_id = "all";
    response.groups[1].group_id = "some";
    const auto got = exchange.answer(response).groups;
    BOOST_REQUIRE_EQUAL(got.size(), 2U);
    BOOST_TEST(got[0].topics.empty());
    BOOST_REQUIRE_EQUAL(got[1].topics.size(), 1U);
    BOOST_TEST(got[1].topics[0].topic_name == key_name);
    BOOST_TEST(got[1].topics[0].partitions.at(0).error_code == invalid_topic);
}

BOOST_AUTO_TEST_CASE(the_code_for_all_where_a_topic_has_none) {
    split_exchange<list_partition_reassignments_request, list_partition_reassignments_response>
        exchange{0};
    list_partition_reassignments_request request;
    request.topics = {{.name = key_name}, {.name = "plain"}};
    BOOST_TEST(exchange.ask(request).topics->size() == 1U);
    list_partition_reassignments_response response;
    response.topics.push_back({.name = "plain"});
    const auto got = exchange.answer(response);
    BOOST_TEST(got.error_code == invalid_topic);
    BOOST_TEST(got.topics.size() == 1U);

    split_exchange<list_partition_reassignments_request, list_partition_reassignments_response>
        failing{0};
    failing.ask(request);
    response.error_code = of_broker;
    BOOST_TEST(failing.answer(response).error_code == of_broker);

    split_exchange<list_partition_reassignments_request, list_partition_reassignments_response>
        alone{0};
    request.topics = {{.name = key_name}};
    BOOST_TEST(alone.ask_bkes_alone(request).error_code == invalid_topic);
}

BOOST_AUTO_TEST_CASE(directories_are_described_without_it) {
    for (std::int16_t version = 1; version <= 5; ++version) {
        split_exchange<describe_log_dirs_request, describe_log_dirs_response> exchange{version};
        describe_log_dirs_request request;
        request.topics = {{.name = key_name, .partitions = {0}}};
        const auto asked = exchange.ask(request);
        BOOST_TEST((asked.topics.has_value() && asked.topics->empty()));  // null would be all
        describe_log_dirs_response response;
        response.results.push_back({.log_dir = "/data"});
        const auto got = exchange.answer(response);
        BOOST_TEST(got.results.size() == 1U);
        BOOST_TEST(got.error_code == (version < 3 ? 0 : invalid_topic));
    }
}

BOOST_AUTO_TEST_CASE(a_member_that_subscribes_to_one_is_refused) {
    for (std::int16_t version = 0; version <= 1; ++version) {
        split_exchange<consumer_group_heartbeat_request, consumer_group_heartbeat_response>
            exchange{version};
        consumer_group_heartbeat_request request;
        request.group_id = "g";
        request.subscribed_topic_names = {"plain", key_name};
        const auto got = exchange.ask_bkes_alone(request);
        BOOST_TEST(got.error_code == invalid_topic);
        BOOST_TEST(got.error_message.value_or("").starts_with("bkes: "));
    }
}

BOOST_AUTO_TEST_CASE(settings_of_topics_alone_are_looked_at) {
    constexpr std::int8_t topic = 2;
    constexpr std::int8_t broker = 4;
    constexpr std::int8_t group = 32;
    split_exchange<describe_configs_request, describe_configs_response> exchange{4};
    describe_configs_request request;
    request.resources = {{.resource_type = topic, .resource_name = key_name},
                         {.resource_type = broker, .resource_name = "4"}};
    BOOST_TEST(exchange.ask(request).resources.size() == 1U);
    describe_configs_response response;
    response.results.push_back({.resource_type = broker, .resource_name = "4"});
    response.results[0].configs.push_back({.name = "listeners", .value = "PLAINTEXT://real:9092"});
    const auto got = exchange.answer(response).results;
    BOOST_REQUIRE_EQUAL(got.size(), 2U);
    BOOST_TEST(!got[0].configs.at(0).value.has_value());  // addresses are hidden as ever
    BOOST_TEST(got[1].error_code == invalid_topic);
    BOOST_TEST(got[1].resource_type == topic);
    BOOST_TEST(got[1].resource_name == key_name);

    session_world world;
    incremental_alter_configs_request of_group;
    of_group.resources = {{.resource_type = group, .resource_name = key_name}};
    const auto frame = request_frame(1, 5, of_group);
    BOOST_TEST((world.forward(frame) == frame));
}

BOOST_AUTO_TEST_CASE(share_groups_name_topics_by_id) {
    for (std::int16_t version = 1; version <= 2; ++version) {
        split_exchange<share_fetch_request, share_fetch_response> exchange{version};
        const auto known = exchange.world.server.key_ids.hand_out(key_name);
        const auto unknown = proxy::key_topic_id("orders.key.other");
        share_fetch_request request;
        request.share_session_epoch = 6;
        request.topics = {{.topic_id = known, .partitions = {{.partition_index = 0}}},
                          {.topic_id = unknown, .partitions = {{.partition_index = 0}}}};
        request.forgotten_topics_data = {{.topic_id = known}, {.topic_id = real_id()}};
        const auto asked = exchange.ask(request);  // the session goes on
        BOOST_TEST(asked.share_session_epoch == 6);
        BOOST_TEST(asked.topics.empty());
        BOOST_TEST(asked.forgotten_topics_data.size() == 1U);
        share_fetch_response response;
        response.node_endpoints.push_back({.node_id = 4, .host = "real-broker", .port = 9092});
        const auto got = exchange.answer(response);
        BOOST_TEST(got.node_endpoints.at(0).host == "bkes-host");
        BOOST_REQUIRE_EQUAL(got.responses.size(), 2U);
        BOOST_TEST((got.responses[0].topic_id == known));
        BOOST_TEST(got.responses[0].partitions.at(0).error_code == invalid_topic);
        BOOST_TEST(got.responses[0].partitions[0].acknowledge_error_code == invalid_topic);
        BOOST_TEST(got.responses[1].partitions.at(0).error_code == unknown_topic_id);
    }
}

BOOST_AUTO_TEST_CASE(a_cursor_at_one_is_none_of_bkes) {
    split_exchange<describe_topic_partitions_request, describe_topic_partitions_response> exchange{
        0};
    describe_topic_partitions_request request;
    request.topics = {{.name = "plain"}, {.name = key_name}};
    request.cursor = {.topic_name = key_name};
    const auto got = exchange.ask_bkes_alone(request).topics;
    constexpr std::int16_t invalid_request = 42;
    BOOST_REQUIRE_EQUAL(got.size(), 2U);
    BOOST_TEST(got[0].error_code == invalid_request);
    BOOST_TEST((got[1].name == key_name));
    BOOST_TEST(got[1].error_code == invalid_topic);
}

BOOST_AUTO_TEST_SUITE_END()
