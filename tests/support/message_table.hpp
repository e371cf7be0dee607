#pragma once
// Every message of protocol/messages behind plain functions, for tests that go over all of them:
// golden vectors, schemas, fuzzing.

#include "protocol/messages/add_partitions_to_txn.hpp"
#include "protocol/messages/alter_configs.hpp"
#include "protocol/messages/alter_partition_reassignments.hpp"
#include "protocol/messages/alter_replica_log_dirs.hpp"
#include "protocol/messages/alter_share_group_offsets.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/consumer_group_heartbeat.hpp"
#include "protocol/messages/create_partitions.hpp"
#include "protocol/messages/create_topics.hpp"
#include "protocol/messages/delete_records.hpp"
#include "protocol/messages/delete_share_group_offsets.hpp"
#include "protocol/messages/delete_topics.hpp"
#include "protocol/messages/describe_client_quotas.hpp"
#include "protocol/messages/describe_cluster.hpp"
#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/describe_groups.hpp"
#include "protocol/messages/describe_log_dirs.hpp"
#include "protocol/messages/describe_producers.hpp"
#include "protocol/messages/describe_quorum.hpp"
#include "protocol/messages/describe_share_group_offsets.hpp"
#include "protocol/messages/describe_topic_partitions.hpp"
#include "protocol/messages/elect_leaders.hpp"
#include "protocol/messages/end_txn.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "protocol/messages/fetch_restore_point.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/messages/forward.hpp"
#include "protocol/messages/incremental_alter_configs.hpp"
#include "protocol/messages/init_producer_id.hpp"
#include "protocol/messages/leave_group.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/list_offsets.hpp"
#include "protocol/messages/list_partition_reassignments.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/offset_commit.hpp"
#include "protocol/messages/offset_delete.hpp"
#include "protocol/messages/offset_fetch.hpp"
#include "protocol/messages/offset_for_leader_epoch.hpp"
#include "protocol/messages/produce.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "protocol/messages/share_acknowledge.hpp"
#include "protocol/messages/share_fetch.hpp"
#include "protocol/messages/share_group_heartbeat.hpp"
#include "protocol/messages/streams_group_heartbeat.hpp"
#include "protocol/messages/txn_offset_commit.hpp"
#include "protocol/messages/write_txn_markers.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace bkes::tests {

struct message_row {
    protocol::message_schema schema;
    /// Decodes and encodes again.
    result<bytes> (*decode_and_encode)(bytes_view body, std::int16_t version);
    result<std::string> (*describe)(bytes_view body, std::int16_t version);
    result<void> (*locate)(bytes_view body, std::int16_t version, protocol::field_visitor visit);
    result<std::size_t> (*locate_tagged_fields)(bytes_view body, std::int16_t version);
    std::string (*schema_text)();
};

template <class Message>
constexpr message_row row_of() {
    return {
        .schema = Message::schema,
        .decode_and_encode = [](bytes_view body, std::int16_t version) -> result<bytes> {
            const auto message = protocol::decode<Message>(body, version);
            if (!message) {
                return failure{message.error()};
            }
            bytes out;
            if (const auto done = protocol::encode(*message, version, out); !done) {
                return failure{done.error()};
            }
            return out;
        },
        .describe = [](bytes_view body, std::int16_t version) -> result<std::string> {
            const auto message = protocol::decode<Message>(body, version);
            if (!message) {
                return failure{message.error()};
            }
            return protocol::describe(*message, version);
        },
        .locate = protocol::locate<Message>,
        .locate_tagged_fields = protocol::locate_tagged_fields<Message>,
        .schema_text = protocol::schema_text<Message>,
    };
}

template <class... Messages>
constexpr std::array<message_row, sizeof...(Messages)> rows_of() {
    return {row_of<Messages>()...};
}

/// All messages, request and response of one API next to each other.
inline std::span<const message_row> all_messages() {
    using namespace protocol;  // NOLINT: all the names below
    static constexpr auto rows =
        rows_of<add_partitions_to_txn_request, add_partitions_to_txn_response,
                alter_configs_request, alter_configs_response,
                alter_partition_reassignments_request, alter_partition_reassignments_response,
                alter_replica_log_dirs_request, alter_replica_log_dirs_response,
                alter_share_group_offsets_request, alter_share_group_offsets_response,
                api_versions_request, api_versions_response, consumer_group_heartbeat_request,
                consumer_group_heartbeat_response, create_partitions_request,
                create_partitions_response, create_topics_request, create_topics_response,
                delete_records_request, delete_records_response, delete_share_group_offsets_request,
                delete_share_group_offsets_response, delete_topics_request, delete_topics_response,
                describe_client_quotas_request, describe_client_quotas_response,
                describe_cluster_request, describe_cluster_response, describe_configs_request,
                describe_configs_response, describe_groups_request, describe_groups_response,
                describe_log_dirs_request, describe_log_dirs_response, describe_producers_request,
                describe_producers_response, describe_quorum_request, describe_quorum_response,
                describe_share_group_offsets_request, describe_share_group_offsets_response,
                describe_topic_partitions_request, describe_topic_partitions_response,
                elect_leaders_request, elect_leaders_response, end_txn_request, end_txn_response,
                fetch_request, fetch_response, fetch_by_key_request, fetch_by_key_response,
                fetch_restore_point_request, fetch_restore_point_response, find_coordinator_request,
                find_coordinator_response, forward_request, forward_response,
                incremental_alter_configs_request, incremental_alter_configs_response,
                init_producer_id_request, init_producer_id_response, leave_group_request,
                leave_group_response, list_keys_request, list_keys_response, list_offsets_request,
                list_offsets_response, list_partition_reassignments_request,
                list_partition_reassignments_response, metadata_request, metadata_response,
                offset_commit_request, offset_commit_response, offset_delete_request,
                offset_delete_response, offset_fetch_request, offset_fetch_response,
                offset_for_leader_epoch_request, offset_for_leader_epoch_response, produce_request,
                produce_response, sasl_authenticate_request, sasl_authenticate_response,
                sasl_handshake_request, sasl_handshake_response, share_acknowledge_request,
                share_acknowledge_response, share_fetch_request, share_fetch_response,
                share_group_heartbeat_request, share_group_heartbeat_response,
                streams_group_heartbeat_request, streams_group_heartbeat_response,
                txn_offset_commit_request, txn_offset_commit_response, write_txn_markers_request,
                write_txn_markers_response>();
    return rows;
}

}  // namespace bkes::tests
