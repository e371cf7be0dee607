// Key topics in requests about replicas, leaders and disks, of which they have none: 17
// INVALID_TOPIC_EXCEPTION.

#include "protocol/messages/alter_partition_reassignments.hpp"
#include "protocol/messages/alter_replica_log_dirs.hpp"
#include "protocol/messages/describe_log_dirs.hpp"
#include "protocol/messages/describe_quorum.hpp"
#include "protocol/messages/elect_leaders.hpp"
#include "protocol/messages/list_partition_reassignments.hpp"
#include "protocol/messages/offset_for_leader_epoch.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"

namespace bkes::proxy {

using protocol::alter_replica_log_dirs_request;
using protocol::alter_replica_log_dirs_response;
using protocol::describe_log_dirs_request;
using protocol::describe_log_dirs_response;
using protocol::list_partition_reassignments_request;
using protocol::list_partition_reassignments_response;

namespace {

/// Drops the key topics.
template <class Asked>
void drop_key_topics(server_state& server, Asked& asked) {
    std::erase_if(*list_in(asked),
                  [&](const auto& topic) { return !classify_name(server, topic.name).is_real(); });
}

/// Where an answer has no place for a topic but a code for all: the brokers' own error goes first.
template <class Response>
void fail_unless_failed(Response& response) {
    if (response.error_code == 0) {
        fail_with(response, code_of(protocol::kafka_error::invalid_topic_exception));
    }
}

}  // namespace

request_route handle_offset_for_leader_epoch(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::offset_for_leader_epoch_request::topics,
                             &protocol::offset_for_leader_epoch_response::topics, by_partition);
}

request_route handle_elect_leaders(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::elect_leaders_request::topic_partitions,
                             &protocol::elect_leaders_response::replica_election_results,
                             by_partition);
}

request_route handle_alter_partition_reassignments(session& client, const client_request& request) {
    return refuse_key_topics(
        client, request, &protocol::alter_partition_reassignments_request::topics,
        &protocol::alter_partition_reassignments_response::responses, by_partition);
}

/// Says nothing of a topic that isn't moved: so the code for all is what is left to say it with,
/// and what the brokers know stands beside it.
request_route handle_list_partition_reassignments(session& client, const client_request& request) {
    return refuse_key_topics<list_partition_reassignments_request,
                             list_partition_reassignments_response>(
        client, request,
        [](server_state& server, auto& asked, auto& own) {
            drop_key_topics(server, asked.topics);
            fail_unless_failed(own);
            return !asked.topics->empty();
        },
        [](auto& response, auto&) { fail_unless_failed(response); });
}

/// As above. Sent on without a topic too, since what is asked for are directories. Versions 1 and 2
/// have no code for all: there a key topic gets what a broker has for a topic that isn't there,
/// nothing. (Java's Admin looks at the code only if there are no directories.)
request_route handle_describe_log_dirs(session& client, const client_request& request) {
    return refuse_key_topics<describe_log_dirs_request, describe_log_dirs_response>(
        client, request,
        [](server_state& server, auto& asked, auto&) {
            drop_key_topics(server, asked.topics);
            return true;
        },
        [](auto& response, auto&) { fail_unless_failed(response); });
}

request_route handle_alter_replica_log_dirs(session& client, const client_request& request) {
    return refuse_key_topics<alter_replica_log_dirs_request, alter_replica_log_dirs_response>(
        client, request,
        [](server_state& server, auto& asked, auto& own) {
            return take_from_each(asked.dirs, [&](auto& dir) {
                return take_key_topics(server, dir.topics, own.results, by_partition);
            });
        },
        [](auto& response, auto& own) { append(response.results, own.results); });
}

request_route handle_describe_quorum(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::describe_quorum_request::topics,
                             &protocol::describe_quorum_response::topics, by_partition);
}

}  // namespace bkes::proxy
