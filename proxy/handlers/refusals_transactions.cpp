// Key topics in what a transaction writes to: 17 INVALID_TOPIC_EXCEPTION, as nothing is written to
// them.

#include "protocol/messages/add_partitions_to_txn.hpp"
#include "protocol/messages/describe_producers.hpp"
#include "protocol/messages/write_txn_markers.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"

namespace bkes::proxy {

using protocol::add_partitions_to_txn_request;
using protocol::add_partitions_to_txn_response;
using protocol::write_txn_markers_request;
using protocol::write_txn_markers_response;

/// One transaction up to version 3, several from then on.
request_route handle_add_partitions_to_txn(session& client, const client_request& request) {
    using transaction = add_partitions_to_txn_response::transaction_result;
    return refuse_key_topics<add_partitions_to_txn_request, add_partitions_to_txn_response>(
        client, request,
        [](server_state& server, auto& asked, auto& own) {
            const bool has_topics = take_key_topics(
                server, asked.v3_and_below_topics, own.results_by_topic_v3_and_below, by_partition);
            return take_from_each(asked.transactions,
                                  [&](auto& one) {
                                      auto& answer = own.results_by_transaction.emplace_back();
                                      answer.transactional_id = one.transactional_id;
                                      return take_key_topics(server, one.topics,
                                                             answer.topic_results, by_partition);
                                  }) ||
                   has_topics;
        },
        [](auto& response, auto& own) {
            append(response.results_by_topic_v3_and_below, own.results_by_topic_v3_and_below);
            merge_by(response.results_by_transaction, own.results_by_transaction,
                     &transaction::transactional_id, &transaction::topic_results);
        });
}

request_route handle_write_txn_markers(session& client, const client_request& request) {
    using marker = write_txn_markers_response::marker;
    return refuse_key_topics<write_txn_markers_request, write_txn_markers_response>(
        client, request,
        [](server_state& server, auto& asked, auto& own) {
            return take_from_each(asked.markers, [&](auto& of_producer) {
                auto& answer = own.markers.emplace_back();
                answer.producer_id = of_producer.producer_id;
                return take_key_topics(server, of_producer.topics, answer.topics, by_partition);
            });
        },
        [](auto& response, auto& own) {
            merge_by(response.markers, own.markers, &marker::producer_id, &marker::topics);
        });
}

request_route handle_describe_producers(session& client, const client_request& request) {
    return refuse_key_topics(client, request, &protocol::describe_producers_request::topics,
                             &protocol::describe_producers_response::topics, by_partition);
}

}  // namespace bkes::proxy
