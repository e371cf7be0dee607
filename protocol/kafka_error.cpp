#include "protocol/kafka_error.hpp"

#include <algorithm>
#include <iterator>

namespace bkes::protocol {

namespace {

enum class retry : std::uint8_t { no, yes };

struct error_row {
    kafka_error code;
    std::string_view name;
    retry is_retriable;
};

constexpr error_row error_rows[] = {
    {kafka_error::unknown_server_error, "UNKNOWN_SERVER_ERROR", retry::no},
    {kafka_error::none, "NONE", retry::no},
    {kafka_error::offset_out_of_range, "OFFSET_OUT_OF_RANGE", retry::no},
    {kafka_error::corrupt_message, "CORRUPT_MESSAGE", retry::yes},
    {kafka_error::unknown_topic_or_partition, "UNKNOWN_TOPIC_OR_PARTITION", retry::yes},
    {kafka_error::invalid_fetch_size, "INVALID_FETCH_SIZE", retry::no},
    {kafka_error::leader_not_available, "LEADER_NOT_AVAILABLE", retry::yes},
    {kafka_error::not_leader_or_follower, "NOT_LEADER_OR_FOLLOWER", retry::yes},
    {kafka_error::request_timed_out, "REQUEST_TIMED_OUT", retry::yes},
    {kafka_error::broker_not_available, "BROKER_NOT_AVAILABLE", retry::no},
    {kafka_error::replica_not_available, "REPLICA_NOT_AVAILABLE", retry::yes},
    {kafka_error::message_too_large, "MESSAGE_TOO_LARGE", retry::no},
    {kafka_error::stale_controller_epoch, "STALE_CONTROLLER_EPOCH", retry::no},
    {kafka_error::offset_metadata_too_large, "OFFSET_METADATA_TOO_LARGE", retry::no},
    {kafka_error::network_exception, "NETWORK_EXCEPTION", retry::yes},
    {kafka_error::coordinator_load_in_progress, "COORDINATOR_LOAD_IN_PROGRESS", retry::yes},
    {kafka_error::coordinator_not_available, "COORDINATOR_NOT_AVAILABLE", retry::yes},
    {kafka_error::not_coordinator, "NOT_COORDINATOR", retry::yes},
    {kafka_error::invalid_topic_exception, "INVALID_TOPIC_EXCEPTION", retry::no},
    {kafka_error::record_list_too_large, "RECORD_LIST_TOO_LARGE", retry::no},
    {kafka_error::not_enough_replicas, "NOT_ENOUGH_REPLICAS", retry::yes},
    {kafka_error::not_enough_replicas_after_append, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", retry::yes},
    {kafka_error::invalid_required_acks, "INVALID_REQUIRED_ACKS", retry::no},
    {kafka_error::illegal_generation, "ILLEGAL_GENERATION", retry::no},
    {kafka_error::inconsistent_group_protocol, "INCONSISTENT_GROUP_PROTOCOL", retry::no},
    {kafka_error::invalid_group_id, "INVALID_GROUP_ID", retry::no},
    {kafka_error::unknown_member_id, "UNKNOWN_MEMBER_ID", retry::no},
    {kafka_error::invalid_session_timeout, "INVALID_SESSION_TIMEOUT", retry::no},
    {kafka_error::rebalance_in_progress, "REBALANCE_IN_PROGRESS", retry::no},
    {kafka_error::invalid_commit_offset_size, "INVALID_COMMIT_OFFSET_SIZE", retry::no},
    {kafka_error::topic_authorization_failed, "TOPIC_AUTHORIZATION_FAILED", retry::no},
    {kafka_error::group_authorization_failed, "GROUP_AUTHORIZATION_FAILED", retry::no},
    {kafka_error::cluster_authorization_failed, "CLUSTER_AUTHORIZATION_FAILED", retry::no},
    {kafka_error::invalid_timestamp, "INVALID_TIMESTAMP", retry::no},
    {kafka_error::unsupported_sasl_mechanism, "UNSUPPORTED_SASL_MECHANISM", retry::no},
    {kafka_error::illegal_sasl_state, "ILLEGAL_SASL_STATE", retry::no},
    {kafka_error::unsupported_version, "UNSUPPORTED_VERSION", retry::no},
    {kafka_error::topic_already_exists, "TOPIC_ALREADY_EXISTS", retry::no},
    {kafka_error::invalid_partitions, "INVALID_PARTITIONS", retry::no},
    {kafka_error::invalid_replication_factor, "INVALID_REPLICATION_FACTOR", retry::no},
    {kafka_error::invalid_replica_assignment, "INVALID_REPLICA_ASSIGNMENT", retry::no},
    {kafka_error::invalid_config, "INVALID_CONFIG", retry::no},
    {kafka_error::not_controller, "NOT_CONTROLLER", retry::yes},
    {kafka_error::invalid_request, "INVALID_REQUEST", retry::no},
    {kafka_error::unsupported_for_message_format, "UNSUPPORTED_FOR_MESSAGE_FORMAT", retry::no},
    {kafka_error::policy_violation, "POLICY_VIOLATION", retry::no},
    {kafka_error::out_of_order_sequence_number, "OUT_OF_ORDER_SEQUENCE_NUMBER", retry::no},
    {kafka_error::duplicate_sequence_number, "DUPLICATE_SEQUENCE_NUMBER", retry::no},
    {kafka_error::invalid_producer_epoch, "INVALID_PRODUCER_EPOCH", retry::no},
    {kafka_error::invalid_txn_state, "INVALID_TXN_STATE", retry::no},
    {kafka_error::invalid_producer_id_mapping, "INVALID_PRODUCER_ID_MAPPING", retry::no},
    {kafka_error::invalid_transaction_timeout, "INVALID_TRANSACTION_TIMEOUT", retry::no},
    {kafka_error::concurrent_transactions, "CONCURRENT_TRANSACTIONS", retry::yes},
    {kafka_error::transaction_coordinator_fenced, "TRANSACTION_COORDINATOR_FENCED", retry::no},
    {kafka_error::transactional_id_authorization_failed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
     retry::no},
    {kafka_error::security_disabled, "SECURITY_DISABLED", retry::no},
    {kafka_error::operation_not_attempted, "OPERATION_NOT_ATTEMPTED", retry::no},
    {kafka_error::kafka_storage_error, "KAFKA_STORAGE_ERROR", retry::yes},
    {kafka_error::log_dir_not_found, "LOG_DIR_NOT_FOUND", retry::no},
    {kafka_error::sasl_authentication_failed, "SASL_AUTHENTICATION_FAILED", retry::no},
    {kafka_error::unknown_producer_id, "UNKNOWN_PRODUCER_ID", retry::no},
    {kafka_error::reassignment_in_progress, "REASSIGNMENT_IN_PROGRESS", retry::no},
    {kafka_error::delegation_token_auth_disabled, "DELEGATION_TOKEN_AUTH_DISABLED", retry::no},
    {kafka_error::delegation_token_not_found, "DELEGATION_TOKEN_NOT_FOUND", retry::no},
    {kafka_error::delegation_token_owner_mismatch, "DELEGATION_TOKEN_OWNER_MISMATCH", retry::no},
    {kafka_error::delegation_token_request_not_allowed, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED",
     retry::no},
    {kafka_error::delegation_token_authorization_failed, "DELEGATION_TOKEN_AUTHORIZATION_FAILED",
     retry::no},
    {kafka_error::delegation_token_expired, "DELEGATION_TOKEN_EXPIRED", retry::no},
    {kafka_error::invalid_principal_type, "INVALID_PRINCIPAL_TYPE", retry::no},
    {kafka_error::non_empty_group, "NON_EMPTY_GROUP", retry::no},
    {kafka_error::group_id_not_found, "GROUP_ID_NOT_FOUND", retry::no},
    {kafka_error::fetch_session_id_not_found, "FETCH_SESSION_ID_NOT_FOUND", retry::yes},
    {kafka_error::invalid_fetch_session_epoch, "INVALID_FETCH_SESSION_EPOCH", retry::yes},
    {kafka_error::listener_not_found, "LISTENER_NOT_FOUND", retry::yes},
    {kafka_error::topic_deletion_disabled, "TOPIC_DELETION_DISABLED", retry::no},
    {kafka_error::fenced_leader_epoch, "FENCED_LEADER_EPOCH", retry::yes},
    {kafka_error::unknown_leader_epoch, "UNKNOWN_LEADER_EPOCH", retry::yes},
    {kafka_error::unsupported_compression_type, "UNSUPPORTED_COMPRESSION_TYPE", retry::no},
    {kafka_error::stale_broker_epoch, "STALE_BROKER_EPOCH", retry::no},
    {kafka_error::offset_not_available, "OFFSET_NOT_AVAILABLE", retry::yes},
    {kafka_error::member_id_required, "MEMBER_ID_REQUIRED", retry::no},
    {kafka_error::preferred_leader_not_available, "PREFERRED_LEADER_NOT_AVAILABLE", retry::yes},
    {kafka_error::group_max_size_reached, "GROUP_MAX_SIZE_REACHED", retry::no},
    {kafka_error::fenced_instance_id, "FENCED_INSTANCE_ID", retry::no},
    {kafka_error::eligible_leaders_not_available, "ELIGIBLE_LEADERS_NOT_AVAILABLE", retry::yes},
    {kafka_error::election_not_needed, "ELECTION_NOT_NEEDED", retry::yes},
    {kafka_error::no_reassignment_in_progress, "NO_REASSIGNMENT_IN_PROGRESS", retry::no},
    {kafka_error::group_subscribed_to_topic, "GROUP_SUBSCRIBED_TO_TOPIC", retry::no},
    {kafka_error::invalid_record, "INVALID_RECORD", retry::no},
    {kafka_error::unstable_offset_commit, "UNSTABLE_OFFSET_COMMIT", retry::yes},
    {kafka_error::throttling_quota_exceeded, "THROTTLING_QUOTA_EXCEEDED", retry::yes},
    {kafka_error::producer_fenced, "PRODUCER_FENCED", retry::no},
    {kafka_error::resource_not_found, "RESOURCE_NOT_FOUND", retry::no},
    {kafka_error::duplicate_resource, "DUPLICATE_RESOURCE", retry::no},
    {kafka_error::unacceptable_credential, "UNACCEPTABLE_CREDENTIAL", retry::no},
    {kafka_error::inconsistent_voter_set, "INCONSISTENT_VOTER_SET", retry::no},
    {kafka_error::invalid_update_version, "INVALID_UPDATE_VERSION", retry::no},
    {kafka_error::feature_update_failed, "FEATURE_UPDATE_FAILED", retry::no},
    {kafka_error::principal_deserialization_failure, "PRINCIPAL_DESERIALIZATION_FAILURE",
     retry::no},
    {kafka_error::snapshot_not_found, "SNAPSHOT_NOT_FOUND", retry::no},
    {kafka_error::position_out_of_range, "POSITION_OUT_OF_RANGE", retry::no},
    {kafka_error::unknown_topic_id, "UNKNOWN_TOPIC_ID", retry::yes},
    {kafka_error::duplicate_broker_registration, "DUPLICATE_BROKER_REGISTRATION", retry::no},
    {kafka_error::broker_id_not_registered, "BROKER_ID_NOT_REGISTERED", retry::no},
    {kafka_error::inconsistent_topic_id, "INCONSISTENT_TOPIC_ID", retry::yes},
    {kafka_error::inconsistent_cluster_id, "INCONSISTENT_CLUSTER_ID", retry::no},
    {kafka_error::transactional_id_not_found, "TRANSACTIONAL_ID_NOT_FOUND", retry::no},
    {kafka_error::fetch_session_topic_id_error, "FETCH_SESSION_TOPIC_ID_ERROR", retry::yes},
    {kafka_error::ineligible_replica, "INELIGIBLE_REPLICA", retry::no},
    {kafka_error::new_leader_elected, "NEW_LEADER_ELECTED", retry::no},
    {kafka_error::offset_moved_to_tiered_storage, "OFFSET_MOVED_TO_TIERED_STORAGE", retry::no},
    {kafka_error::fenced_member_epoch, "FENCED_MEMBER_EPOCH", retry::no},
    {kafka_error::unreleased_instance_id, "UNRELEASED_INSTANCE_ID", retry::no},
    {kafka_error::unsupported_assignor, "UNSUPPORTED_ASSIGNOR", retry::no},
    {kafka_error::stale_member_epoch, "STALE_MEMBER_EPOCH", retry::no},
    {kafka_error::mismatched_endpoint_type, "MISMATCHED_ENDPOINT_TYPE", retry::no},
    {kafka_error::unsupported_endpoint_type, "UNSUPPORTED_ENDPOINT_TYPE", retry::no},
    {kafka_error::unknown_controller_id, "UNKNOWN_CONTROLLER_ID", retry::no},
    {kafka_error::unknown_subscription_id, "UNKNOWN_SUBSCRIPTION_ID", retry::no},
    {kafka_error::telemetry_too_large, "TELEMETRY_TOO_LARGE", retry::no},
    {kafka_error::invalid_registration, "INVALID_REGISTRATION", retry::no},
    {kafka_error::transaction_abortable, "TRANSACTION_ABORTABLE", retry::no},
    {kafka_error::invalid_record_state, "INVALID_RECORD_STATE", retry::no},
    {kafka_error::share_session_not_found, "SHARE_SESSION_NOT_FOUND", retry::yes},
    {kafka_error::invalid_share_session_epoch, "INVALID_SHARE_SESSION_EPOCH", retry::yes},
    {kafka_error::fenced_state_epoch, "FENCED_STATE_EPOCH", retry::no},
    {kafka_error::invalid_voter_key, "INVALID_VOTER_KEY", retry::no},
    {kafka_error::duplicate_voter, "DUPLICATE_VOTER", retry::no},
    {kafka_error::voter_not_found, "VOTER_NOT_FOUND", retry::no},
    {kafka_error::invalid_regular_expression, "INVALID_REGULAR_EXPRESSION", retry::no},
    {kafka_error::rebootstrap_required, "REBOOTSTRAP_REQUIRED", retry::no},
    {kafka_error::streams_invalid_topology, "STREAMS_INVALID_TOPOLOGY", retry::no},
    {kafka_error::streams_invalid_topology_epoch, "STREAMS_INVALID_TOPOLOGY_EPOCH", retry::no},
    {kafka_error::streams_topology_fenced, "STREAMS_TOPOLOGY_FENCED", retry::no},
    {kafka_error::share_session_limit_reached, "SHARE_SESSION_LIMIT_REACHED", retry::yes},
};

static_assert(std::ranges::is_sorted(error_rows, {}, &error_row::code));

const error_row* find(kafka_error code) {
    const auto* const row = std::ranges::lower_bound(error_rows, code, {}, &error_row::code);
    return row != std::ranges::end(error_rows) && row->code == code ? row : nullptr;
}

}  // namespace

std::string_view name_of(kafka_error code) {
    const auto* const row = find(code);
    return row == nullptr ? "UNKNOWN" : row->name;
}

bool is_retriable(kafka_error code) {
    const auto* const row = find(code);
    return row != nullptr && row->is_retriable == retry::yes;
}

}  // namespace bkes::protocol
