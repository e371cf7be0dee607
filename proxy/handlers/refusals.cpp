// Requests that make no sense for a key topic: refused for it, while the rest goes on.
//
// 44 POLICY_VIOLATION where the client's partition is at fault (commits, deletions), 17
// INVALID_TOPIC_EXCEPTION where the name is (contract section 5).

#include "protocol/messages/create_topics.hpp"
#include "protocol/messages/delete_records.hpp"
#include "protocol/messages/offset_commit.hpp"
#include "protocol/messages/offset_for_leader_epoch.hpp"
#include "protocol/messages/txn_offset_commit.hpp"
#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/split_request.hpp"

#include <memory>
#include <vector>

namespace bkes::proxy {

using protocol::kafka_error;

namespace {

/// For requests and responses that have `topics`. `refuse(topic, answer)` fills in the answer to
/// one of the key topics; its name is set already.
template <class Request, class Response, class Refuse>
request_route refuse_key_topics(session& client, const client_request& request, Refuse refuse) {
    auto decoded = decode_request<Request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    const auto split = std::make_shared<split_request<Response>>(client, request);
    std::erase_if(decoded->topics, [&](const auto& topic) {
        const auto what = classify_name(client.server(), topic.name);
        if (what.is_real()) {
            return false;
        }
        auto& answer = split->own.topics.emplace_back();
        answer.name = split->keep(topic.name);
        refuse(topic, answer);
        return true;
    });
    if (split->own.topics.empty()) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    split->start(client, request, *decoded, decoded->topics.empty());
    split->own_done();
    return request_route::handled;
}

/// Refuses each partition with the same code.
auto each_partition_with(kafka_error error) {
    return [error](const auto& topic, auto& answer) {
        for (const auto& partition : topic.partitions) {
            auto& refused = answer.partitions.emplace_back();
            refused.partition_index = partition.partition_index;
            refused.error_code = code_of(error);
        }
    };
}

}  // namespace

request_route handle_offset_commit(session& client, const client_request& request) {
    return refuse_key_topics<protocol::offset_commit_request, protocol::offset_commit_response>(
        client, request, each_partition_with(kafka_error::policy_violation));
}

request_route handle_txn_offset_commit(session& client, const client_request& request) {
    return refuse_key_topics<protocol::txn_offset_commit_request,
                             protocol::txn_offset_commit_response>(
        client, request, each_partition_with(kafka_error::policy_violation));
}

request_route handle_delete_records(session& client, const client_request& request) {
    return refuse_key_topics<protocol::delete_records_request, protocol::delete_records_response>(
        client, request, each_partition_with(kafka_error::policy_violation));
}

request_route handle_offset_for_leader_epoch(session& client, const client_request& request) {
    return refuse_key_topics<protocol::offset_for_leader_epoch_request,
                             protocol::offset_for_leader_epoch_response>(
        client, request, each_partition_with(kafka_error::invalid_topic_exception));
}

request_route handle_create_topics(session& client, const client_request& request) {
    return refuse_key_topics<protocol::create_topics_request, protocol::create_topics_response>(
        client, request, [](const auto&, auto& answer) {
            answer.error_code = code_of(kafka_error::invalid_topic_exception);
            answer.error_message =
                bytes_view{"bkes: names of this form belong to the key topics of a guarded topic"};
        });
}

}  // namespace bkes::proxy
