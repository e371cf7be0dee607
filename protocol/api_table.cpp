#include "protocol/api_table.hpp"

#include <algorithm>

namespace bkes::protocol {

namespace {

constexpr api_row rows[] = {
    // 13 names topics by id only. 0-2 are no real versions any more; brokers list them because old
    // librdkafka looks for them (KAFKA-18659), and so does bkes.
    {api_key::produce, "Produce", {0, 12}, 9},
    {api_key::fetch, "Fetch", {4, 18}, 12},
    {api_key::list_offsets, "ListOffsets", {1, 11}, 6},
    {api_key::metadata, "Metadata", {0, 13}, 9},
    // 10 of both names topics by id only, and key topics are known by name.
    {api_key::offset_commit, "OffsetCommit", {2, 9}, 8},
    {api_key::offset_fetch, "OffsetFetch", {1, 9}, 6},
    {api_key::find_coordinator, "FindCoordinator", {0, 6}, 3},
    {api_key::join_group, "JoinGroup", {0, 9}, 6},
    {api_key::heartbeat, "Heartbeat", {0, 4}, 4},
    {api_key::leave_group, "LeaveGroup", {0, 5}, 4},
    {api_key::sync_group, "SyncGroup", {0, 5}, 4},
    {api_key::describe_groups, "DescribeGroups", {0, 6}, 5},
    {api_key::list_groups, "ListGroups", {0, 5}, 3},
    {api_key::sasl_handshake, "SaslHandshake", {0, 1}, never_flexible},
    {api_key::api_versions, "ApiVersions", {0, 4}, 3},
    {api_key::create_topics, "CreateTopics", {2, 7}, 5},
    {api_key::delete_topics, "DeleteTopics", {1, 6}, 4},
    {api_key::delete_records, "DeleteRecords", {0, 2}, 2},
    // 6 (two-phase commit, KIP-939) is unstable in Kafka 4.3.
    {api_key::init_producer_id, "InitProducerId", {0, 5}, 2},
    {api_key::offset_for_leader_epoch, "OffsetForLeaderEpoch", {2, 4}, 4},
    {api_key::add_partitions_to_txn, "AddPartitionsToTxn", {0, 5}, 3},
    {api_key::add_offsets_to_txn, "AddOffsetsToTxn", {0, 4}, 3},
    {api_key::end_txn, "EndTxn", {0, 5}, 3},
    {api_key::write_txn_markers, "WriteTxnMarkers", {1, 2}, 1},
    {api_key::txn_offset_commit, "TxnOffsetCommit", {0, 5}, 3},
    {api_key::describe_acls, "DescribeAcls", {1, 3}, 2},
    {api_key::create_acls, "CreateAcls", {1, 3}, 2},
    {api_key::delete_acls, "DeleteAcls", {1, 3}, 2},
    {api_key::describe_configs, "DescribeConfigs", {1, 4}, 4},
    {api_key::alter_configs, "AlterConfigs", {0, 2}, 2},
    {api_key::alter_replica_log_dirs, "AlterReplicaLogDirs", {1, 2}, 2},
    {api_key::describe_log_dirs, "DescribeLogDirs", {1, 5}, 2},
    {api_key::sasl_authenticate, "SaslAuthenticate", {0, 2}, 2},
    {api_key::create_partitions, "CreatePartitions", {0, 3}, 2},
    {api_key::create_delegation_token, "CreateDelegationToken", {1, 3}, 2},
    {api_key::renew_delegation_token, "RenewDelegationToken", {1, 2}, 2},
    {api_key::expire_delegation_token, "ExpireDelegationToken", {1, 2}, 2},
    {api_key::describe_delegation_token, "DescribeDelegationToken", {1, 3}, 2},
    {api_key::delete_groups, "DeleteGroups", {0, 2}, 2},
    {api_key::elect_leaders, "ElectLeaders", {0, 2}, 2},
    {api_key::incremental_alter_configs, "IncrementalAlterConfigs", {0, 1}, 1},
    {api_key::alter_partition_reassignments, "AlterPartitionReassignments", {0, 1}, 0},
    {api_key::list_partition_reassignments, "ListPartitionReassignments", {0, 0}, 0},
    {api_key::offset_delete, "OffsetDelete", {0, 0}, never_flexible},
    {api_key::describe_client_quotas, "DescribeClientQuotas", {0, 1}, 1},
    {api_key::alter_client_quotas, "AlterClientQuotas", {0, 1}, 1},
    {api_key::describe_user_scram_credentials, "DescribeUserScramCredentials", {0, 0}, 0},
    {api_key::alter_user_scram_credentials, "AlterUserScramCredentials", {0, 0}, 0},
    // 2 tells host and port of the controllers (KIP-853), which bkes doesn't stand in front of; 1
    // says the same without.
    {api_key::describe_quorum, "DescribeQuorum", {0, 1}, 0},
    {api_key::update_features, "UpdateFeatures", {0, 2}, 0},
    {api_key::describe_cluster, "DescribeCluster", {0, 2}, 0},
    {api_key::describe_producers, "DescribeProducers", {0, 0}, 0},
    {api_key::unregister_broker, "UnregisterBroker", {0, 0}, 0},
    {api_key::describe_transactions, "DescribeTransactions", {0, 0}, 0},
    {api_key::list_transactions, "ListTransactions", {0, 2}, 0},
    {api_key::consumer_group_heartbeat, "ConsumerGroupHeartbeat", {0, 1}, 0},
    {api_key::consumer_group_describe, "ConsumerGroupDescribe", {0, 1}, 0},
    {api_key::get_telemetry_subscriptions, "GetTelemetrySubscriptions", {0, 0}, 0},
    {api_key::push_telemetry, "PushTelemetry", {0, 0}, 0},
    {api_key::list_config_resources, "ListConfigResources", {0, 1}, 0},
    {api_key::describe_topic_partitions, "DescribeTopicPartitions", {0, 0}, 0},
    {api_key::share_group_heartbeat, "ShareGroupHeartbeat", {1, 1}, 0},
    {api_key::share_group_describe, "ShareGroupDescribe", {1, 1}, 0},
    {api_key::share_fetch, "ShareFetch", {1, 2}, 0},
    {api_key::share_acknowledge, "ShareAcknowledge", {1, 2}, 0},
    {api_key::add_raft_voter, "AddRaftVoter", {0, 1}, 0},
    {api_key::remove_raft_voter, "RemoveRaftVoter", {0, 0}, 0},
    {api_key::streams_group_heartbeat, "StreamsGroupHeartbeat", {0, 0}, 0},
    {api_key::streams_group_describe, "StreamsGroupDescribe", {0, 0}, 0},
    {api_key::describe_share_group_offsets, "DescribeShareGroupOffsets", {0, 1}, 0},
    {api_key::alter_share_group_offsets, "AlterShareGroupOffsets", {0, 0}, 0},
    {api_key::delete_share_group_offsets, "DeleteShareGroupOffsets", {0, 0}, 0},
    {api_key::fetch_by_key, "FetchByKey", {0, 1}, 0},
    {api_key::list_keys, "ListKeys", {0, 0}, 0},
    {api_key::forward, "Forward", {0, 0}, 0},
    {api_key::fetch_restore_point, "FetchRestorePoint", {0, 0}, 0},
};

static_assert(std::ranges::is_sorted(rows, {}, &api_row::key));

}  // namespace

std::span<const api_row> api_table() {
    return rows;
}

const api_row* find_api(std::int16_t key) {
    const auto* const row =
        std::ranges::lower_bound(rows, static_cast<api_key>(key), {}, &api_row::key);
    return row != std::ranges::end(rows) && row->key == static_cast<api_key>(key) ? row : nullptr;
}

bool is_extension(api_key key) {
    return key >= api_key::fetch_by_key;
}

std::int16_t request_header_version(const api_row& api, std::int16_t version) {
    return version >= api.flexible_since ? 2 : 1;
}

std::int16_t response_header_version(const api_row& api, std::int16_t version) {
    return version >= api.flexible_since && api.key != api_key::api_versions ? 1 : 0;
}

}  // namespace bkes::protocol
