// Key topics in requests that create, change or delete topics: they come and go with their events.
//
// 44 POLICY_VIOLATION where records would be deleted, else 17 INVALID_TOPIC_EXCEPTION (contract
// section 5).

#include "protocol/messages/create_partitions.hpp"
#include "protocol/messages/create_topics.hpp"
#include "protocol/messages/delete_records.hpp"
#include "protocol/messages/delete_topics.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"

namespace bkes::proxy {

using protocol::delete_topics_request;
using protocol::delete_topics_response;

request_route handle_create_topics(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::create_topics_request::topics,
                             &protocol::create_topics_response::topics, as_a_topic);
}

/// By name up to version 5, by name or id from then on.
request_route handle_delete_topics(session& client, const client_request& request) {
    return refuse_key_topics<delete_topics_request, delete_topics_response>(
        client, request,
        [](server_state& server, delete_topics_request& asked, delete_topics_response& own) {
            const bool has_names =
                take_key_topics(server, asked.topic_names, own.responses, as_a_topic);
            return take_key_topics(server, asked.topics, own.responses, as_a_topic) || has_names;
        },
        [](delete_topics_response& response, delete_topics_response& own) {
            append(response.responses, own.responses);
        });
}

request_route handle_create_partitions(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::create_partitions_request::topics,
                             &protocol::create_partitions_response::results, as_a_topic);
}

request_route handle_delete_records(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::delete_records_request::topics,
                             &protocol::delete_records_response::topics,
                             by_partition_with(protocol::kafka_error::policy_violation));
}

}  // namespace bkes::proxy
