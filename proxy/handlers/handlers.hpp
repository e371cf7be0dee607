#pragma once
// One function for each API that bkes looks into. Each is called on the session's thread with a
// whole request, whose views are valid only during the call.

#include "proxy/handlers/dispatch.hpp"
#include "proxy/session/session.hpp"

namespace bkes::proxy {

// Addresses and versions: what makes a client stay with bkes.
request_route handle_api_versions(session& client, const client_request& request);
request_route handle_metadata(session& client, const client_request& request);
request_route handle_find_coordinator(session& client, const client_request& request);
request_route handle_describe_cluster(session& client, const client_request& request);
request_route handle_describe_topic_partitions(session& client, const client_request& request);
request_route handle_describe_configs(session& client, const client_request& request);
request_route handle_share_fetch(session& client, const client_request& request);
request_route handle_share_acknowledge(session& client, const client_request& request);
request_route handle_sasl_handshake(session& client, const client_request& request);
request_route handle_sasl_authenticate(session& client, const client_request& request);

// Guarded topics and key topics.
request_route handle_produce(session& client, const client_request& request);
request_route handle_fetch(session& client, const client_request& request);
request_route handle_list_offsets(session& client, const client_request& request);
request_route handle_offset_commit(session& client, const client_request& request);
request_route handle_offset_fetch(session& client, const client_request& request);
request_route handle_txn_offset_commit(session& client, const client_request& request);
request_route handle_create_topics(session& client, const client_request& request);
request_route handle_delete_records(session& client, const client_request& request);
request_route handle_offset_for_leader_epoch(session& client, const client_request& request);

// No more than key topics kept from the brokers (contract section 9).
request_route handle_delete_topics(session& client, const client_request& request);
request_route handle_create_partitions(session& client, const client_request& request);
request_route handle_describe_producers(session& client, const client_request& request);
request_route handle_add_partitions_to_txn(session& client, const client_request& request);
request_route handle_write_txn_markers(session& client, const client_request& request);
request_route handle_alter_configs(session& client, const client_request& request);
request_route handle_incremental_alter_configs(session& client, const client_request& request);
request_route handle_offset_delete(session& client, const client_request& request);
request_route handle_describe_share_group_offsets(session& client, const client_request& request);
request_route handle_alter_share_group_offsets(session& client, const client_request& request);
request_route handle_delete_share_group_offsets(session& client, const client_request& request);
request_route handle_consumer_group_heartbeat(session& client, const client_request& request);
request_route handle_share_group_heartbeat(session& client, const client_request& request);
request_route handle_streams_group_heartbeat(session& client, const client_request& request);
request_route handle_elect_leaders(session& client, const client_request& request);
request_route handle_alter_partition_reassignments(session& client, const client_request& request);
request_route handle_list_partition_reassignments(session& client, const client_request& request);
request_route handle_describe_log_dirs(session& client, const client_request& request);
request_route handle_alter_replica_log_dirs(session& client, const client_request& request);
request_route handle_describe_quorum(session& client, const client_request& request);

// Extension requests (contract section 6).
request_route handle_fetch_by_key(session& client, const client_request& request);
request_route handle_list_keys(session& client, const client_request& request);
request_route handle_forward(session& client, const client_request& request);
request_route handle_fetch_restore_point(session& client, const client_request& request);
/// Answers a version of them that bkes doesn't have. Of the request only its key, version and
/// correlation id are known.
request_route refuse_extension_version(session& client, const client_request& request);

}  // namespace bkes::proxy
