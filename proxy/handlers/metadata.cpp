// Metadata: addresses of bkes instead of the brokers', and the key topics that are asked for.
// Rights are asked for with a question of their own, as these topics aren't the brokers'.
//
// Names of key topics never reach the brokers, which might create them. Each that is asked for has
// one partition, led by the bkes node; that node is named only in answers with a key topic, so that
// clients never send it requests for real topics.

#include "protocol/messages/metadata.hpp"

#include "protocol/kafka_error.hpp"
#include "proxy/addresses/address_rewriter.hpp"
#include "proxy/addresses/metadata_brokers.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/rights_check.hpp"

#include <utility>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::metadata_request;
using protocol::metadata_response;

namespace {

constexpr std::int16_t first_version_without_all_by_empty = 1;

/// Asked and answered: names, an id, a partition with its lists of one node.
constexpr std::size_t key_topic_bytes = 600;

/// How much longer the addresses of bkes may be than the brokers', all together, without the answer
/// moving in memory.
constexpr std::size_t longer_addresses = 1'024;

/// The key topics of one request, for the time until the brokers have answered the rest.
struct asked_key_topics {
    struct topic {
        requested_topic what;
        std::string asked_name;
        uuid asked_id;
        protocol::authorized_operations operations = 0;  ///< of a well-formed one
    };

    std::vector<topic> topics;
    bool with_operations = false;
    bool drop_real_topics = false;  ///< version 0 can't ask for no topic: it asked for all
};

metadata_response::topic describe_key_topic(server_state& server,
                                            const asked_key_topics::topic& asked,
                                            bool with_operations) {
    metadata_response::topic topic;
    if (asked.what.key && !may_describe(asked.operations)) {
        topic.error_code = static_cast<std::int16_t>(kafka_error::topic_authorization_failed);
        topic.topic_id = asked.asked_id;  // with a null name, as brokers do
        topic.name =
            asked.asked_id.is_zero() ? std::optional{bytes_view{asked.asked_name}} : std::nullopt;
        return topic;
    }
    if (asked.what.key) {
        topic.name = asked.what.name;
        topic.topic_id = server.key_ids.hand_out(asked.what.name);
        const auto leader = server.settings.bkes_node.value();
        topic.partitions.push_back({.partition_index = 0,
                                    .leader_id = leader,
                                    .leader_epoch = unknown_leader_epoch.value(),
                                    .replica_nodes = {leader},
                                    .isr_nodes = {leader}});
        if (with_operations) {
            topic.topic_authorized_operations = told_operations(asked.operations);
        }
        return topic;
    }
    if (asked.what.is_unknown_id()) {
        topic.error_code = static_cast<std::int16_t>(kafka_error::unknown_topic_id);
        topic.topic_id = asked.asked_id;
        topic.name = std::nullopt;
        return topic;
    }
    topic.error_code = static_cast<std::int16_t>(kafka_error::invalid_topic_exception);
    topic.name = asked.asked_name;
    return topic;
}

void complete_answer(session& client, answer_id id, const request_identity& identity,
                     const asked_key_topics& asked, bytes_view frame) {
    auto response = decode_response<metadata_response>(client, identity, frame);
    if (!response) {
        return;
    }
    auto& server = client.server();
    const auto& brokers = client.listener().brokers;
    address_rewriter addresses{brokers};
    addresses.rewrite_all(response->brokers);
    if (asked.drop_real_topics) {
        response->topics.clear();
    }
    for (const auto& topic : asked.topics) {
        response->topics.push_back(describe_key_topic(server, topic, asked.with_operations));
    }
    metadata_response::broker bkes_node{.node_id = server.settings.bkes_node.value()};
    addresses.put(bkes_node, brokers.advertised(server.settings.bkes_node));
    response->brokers.push_back(bkes_node);
    answer_with(client, id, identity, *response);
}

/// The usual answer: of the brokers' alone.
void relay_answer(session& client, answer_id id, const request_identity& identity,
                  bytes_view frame) {
    const auto& api = *protocol::find_api(metadata_response::schema.key);
    const auto answer = protocol::decode_response_header(frame.substr(protocol::frame_prefix_size),
                                                         api, identity.api_version);
    bytes changed(protocol::frame_prefix_size, '\0');
    changed.reserve(frame.size() + longer_addresses);
    address_rewriter addresses{client.listener().brokers};
    if (!answer ||
        !protocol::append_response_header(identity.correlation_id, api, identity.api_version,
                                          changed) ||
        !append_with_own_addresses(answer->body, identity.api_version, addresses, changed)) {
        client.close(disconnect::unexpected_response, metadata_response::schema.name);
        return;
    }
    protocol::close_frame(changed, 0);
    client.answer(id, std::move(changed));
}

/// Moves the key topics out of the request.
asked_key_topics take_key_topics(server_state& server, rights_check& rights,
                                 metadata_request& request) {
    asked_key_topics asked;
    asked.with_operations = request.include_topic_authorized_operations;
    if (!request.topics) {
        return asked;
    }
    std::erase_if(*request.topics, [&](const metadata_request::topic& topic) {
        const auto name = topic.name.value_or(bytes_view{});
        auto what = classify(server, name, topic.topic_id);
        if (what.is_real()) {
            return false;
        }
        auto& added = asked.topics.emplace_back();
        if (what.key) {
            added.operations = rights.operations(what.key->topic, what.key->key);
        }
        added.what = std::move(what);
        added.asked_name = name;
        added.asked_id = topic.topic_id;
        return true;
    });
    return asked;
}

}  // namespace

request_route handle_metadata(session& client, const client_request& request) {
    auto decoded = decode_request<metadata_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    rights_check rights{client, client.request_waits_since()};
    auto asked = take_key_topics(client.server(), rights, *decoded);
    if (!has_memory_for(client, asked.topics.size(), key_topic_bytes,
                        metadata_request::schema.name)) {
        return request_route::close;
    }
    if (rights.is_open()) {
        return request_route::after_rights;
    }
    const request_identity identity{request};
    if (asked.topics.empty()) {
        client.expect_upstream(request, [&client, identity](answer_id id, bytes_view frame) {
            relay_answer(client, id, identity, frame);
        });
        return request_route::relay;
    }
    asked.drop_real_topics =
        decoded->topics->empty() && request.api_version < first_version_without_all_by_empty;
    client.send_instead(
        request, request_frame_like(client, request, *decoded),
        [&client, identity, asked = std::move(asked)](answer_id id, bytes_view frame) {
            complete_answer(client, id, identity, asked, frame);
        });
    return request_route::handled;
}

}  // namespace bkes::proxy
