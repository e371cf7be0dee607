// Key topics in requests of groups: 44 POLICY_VIOLATION for a commit inside a transaction, 17
// INVALID_TOPIC_EXCEPTION for the rest (contract section 5). Plain commits: offset_commit.cpp.
//
// The heartbeat of a group whose partitions the brokers give out has one code for all that it
// subscribes to, and every client stops at one that it doesn't know. So it is refused as a whole:
// passed on without the key topic, the brokers would have a member that isn't there.

#include "protocol/messages/alter_share_group_offsets.hpp"
#include "protocol/messages/consumer_group_heartbeat.hpp"
#include "protocol/messages/delete_share_group_offsets.hpp"
#include "protocol/messages/describe_share_group_offsets.hpp"
#include "protocol/messages/offset_delete.hpp"
#include "protocol/messages/share_group_heartbeat.hpp"
#include "protocol/messages/streams_group_heartbeat.hpp"
#include "protocol/messages/txn_offset_commit.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"
#include "proxy/handlers/reply.hpp"

namespace bkes::proxy {

using protocol::describe_share_group_offsets_request;
using protocol::describe_share_group_offsets_response;
using protocol::kafka_error;

namespace {

template <class Request, class Response>
request_route refuse_member(session& client, const client_request& request) {
    const auto found = names_key_topic<Request>(client, request);
    if (!found) {
        return request_route::close;
    }
    if (!*found) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    Response response;
    response.error_code = code_of(kafka_error::invalid_topic_exception);
    response.error_message = bytes_view{
        "bkes: brokers can't assign a key topic: assign its partition 0, or subscribe with the "
        "classic protocol"};
    answer_with(client, client.owe(request), request_identity{request}, response);
    return request_route::handled;
}

}  // namespace

request_route handle_txn_offset_commit(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::txn_offset_commit_request::topics,
                             &protocol::txn_offset_commit_response::topics,
                             by_partition_with(kafka_error::policy_violation));
}

request_route handle_offset_delete(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::offset_delete_request::topics,
                             &protocol::offset_delete_response::topics, by_partition);
}

request_route handle_alter_share_group_offsets(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::alter_share_group_offsets_request::topics,
                             &protocol::alter_share_group_offsets_response::responses,
                             by_partition);
}

request_route handle_delete_share_group_offsets(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::delete_share_group_offsets_request::topics,
                             &protocol::delete_share_group_offsets_response::responses, as_a_topic);
}

request_route handle_describe_share_group_offsets(session& client, const client_request& request) {
    using group = describe_share_group_offsets_response::group;
    return refuse_key_topics<describe_share_group_offsets_request,
                             describe_share_group_offsets_response>(
        client, request,
        [](server_state& server, auto& asked, auto& own) {
            return take_from_each(asked.groups, [&](auto& of_group) {
                auto& answer = own.groups.emplace_back();
                answer.group_id = of_group.group_id;
                return take_key_topics(server, of_group.topics, answer.topics, by_partition);
            });
        },
        [](auto& response, auto& own) {
            merge_by(response.groups, own.groups, &group::group_id, &group::topics);
        });
}

request_route handle_consumer_group_heartbeat(session& client, const client_request& request) {
    return refuse_member<protocol::consumer_group_heartbeat_request,
                         protocol::consumer_group_heartbeat_response>(client, request);
}

request_route handle_share_group_heartbeat(session& client, const client_request& request) {
    return refuse_member<protocol::share_group_heartbeat_request,
                         protocol::share_group_heartbeat_response>(client, request);
}

request_route handle_streams_group_heartbeat(session& client, const client_request& request) {
    return refuse_member<protocol::streams_group_heartbeat_request,
                         protocol::streams_group_heartbeat_response>(client, request);
}

}  // namespace bkes::proxy
