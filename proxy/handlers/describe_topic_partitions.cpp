// DescribeTopicPartitions (KIP-966): answers for key topics as Metadata does. The brokers page
// their answer by topic name; key topics, one partition each, come with the first page, so none
// stands in a cursor.

#include "protocol/messages/describe_topic_partitions.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/rights_check.hpp"
#include "proxy/handlers/split_request.hpp"

#include <memory>

namespace bkes::proxy {

using protocol::describe_topic_partitions_request;
using protocol::describe_topic_partitions_response;
using protocol::kafka_error;

namespace {

/// Answered: a name, an id, a partition with its lists of one node.
constexpr std::size_t described_topic_bytes = 600;

void describe(server_state& server, const requested_topic& what, rights_check& rights,
              describe_topic_partitions_response::topic& answer) {
    if (!what.key) {
        answer.error_code = code_of(kafka_error::invalid_topic_exception);
        return;
    }
    const auto operations = rights.operations(what.key->topic, what.key->key);
    if (!may_describe(operations)) {
        answer.error_code = code_of(kafka_error::topic_authorization_failed);
        return;
    }
    answer.topic_authorized_operations = told_operations(operations);
    answer.topic_id = server.key_ids.hand_out(what.name);
    const auto leader = server.settings.bkes_node.value();
    answer.partitions.push_back({.leader_id = leader,
                                 .replica_nodes = {leader},
                                 .isr_nodes = {leader},
                                 // Not null: Java's Admin client fails on that.
                                 .eligible_leader_replicas = std::vector<std::int32_t>{},
                                 .last_known_elr = std::vector<std::int32_t>{},
                                 .offline_replicas = {}});
}

/// As brokers do with a cursor that isn't theirs; where it names a key topic, that one gets 17.
request_route refuse_cursor(session& client, const client_request& request,
                            const describe_topic_partitions_request& asked) {
    describe_topic_partitions_response response;
    for (const auto& topic : asked.topics) {
        if (topic.name != asked.cursor->topic_name) {
            auto& answer = response.topics.emplace_back();
            answer.name = topic.name;
            answer.error_code = code_of(kafka_error::invalid_request);
        }
    }
    auto& of_cursor = response.topics.emplace_back();
    of_cursor.name = asked.cursor->topic_name;
    of_cursor.error_code = code_of(kafka_error::invalid_topic_exception);
    answer_with(client, client.owe(request), request_identity{request}, response);
    return request_route::handled;
}

}  // namespace

request_route handle_describe_topic_partitions(session& client, const client_request& request) {
    auto decoded = decode_request<describe_topic_partitions_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    const auto own = count_own(client.server(), decoded->topics, [](const auto&) { return 1; });
    if (!has_memory_for(client, own, described_topic_bytes,
                        describe_topic_partitions_request::schema.name)) {
        return request_route::close;
    }
    if (decoded->cursor && !classify_name(client.server(), decoded->cursor->topic_name).is_real()) {
        return refuse_cursor(client, request, *decoded);
    }
    const auto split =
        std::make_shared<split_request<describe_topic_partitions_response>>(client, request);
    rights_check rights{client, client.request_waits_since()};
    std::erase_if(decoded->topics, [&](const auto& topic) {
        const auto what = classify_name(client.server(), topic.name);
        if (what.is_real()) {
            return false;
        }
        auto& answer = split->own.topics.emplace_back();
        answer.name = split->keep(topic.name);
        describe(client.server(), what, rights, answer);
        return true;
    });
    if (rights.is_open()) {
        return request_route::after_rights;
    }
    if (split->own.topics.empty()) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    if (decoded->cursor) {  // a later page
        split->own.topics.clear();
    }
    // Without topics the request would ask for all of them.
    split->start(client, request, *decoded, decoded->topics.empty());
    split->own_done();
    return request_route::handled;
}

}  // namespace bkes::proxy
