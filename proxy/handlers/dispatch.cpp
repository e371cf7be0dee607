#include "proxy/handlers/dispatch.hpp"

#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bkes::proxy {

using protocol::api_key;

namespace {

using handler = request_route (*)(session&, const client_request&);

struct handler_row {
    api_key key;
    handler handle;
};

constexpr handler_row handlers[] = {
    {api_key::produce, handle_produce},
    {api_key::fetch, handle_fetch},
    {api_key::list_offsets, handle_list_offsets},
    {api_key::metadata, handle_metadata},
    {api_key::offset_commit, handle_offset_commit},
    {api_key::offset_fetch, handle_offset_fetch},
    {api_key::find_coordinator, handle_find_coordinator},
    {api_key::sasl_handshake, handle_sasl_handshake},
    {api_key::api_versions, handle_api_versions},
    {api_key::create_topics, handle_create_topics},
    {api_key::delete_topics, handle_delete_topics},
    {api_key::delete_records, handle_delete_records},
    {api_key::offset_for_leader_epoch, handle_offset_for_leader_epoch},
    {api_key::add_partitions_to_txn, handle_add_partitions_to_txn},
    {api_key::write_txn_markers, handle_write_txn_markers},
    {api_key::txn_offset_commit, handle_txn_offset_commit},
    {api_key::describe_configs, handle_describe_configs},
    {api_key::alter_configs, handle_alter_configs},
    {api_key::alter_replica_log_dirs, handle_alter_replica_log_dirs},
    {api_key::describe_log_dirs, handle_describe_log_dirs},
    {api_key::sasl_authenticate, handle_sasl_authenticate},
    {api_key::create_partitions, handle_create_partitions},
    {api_key::elect_leaders, handle_elect_leaders},
    {api_key::incremental_alter_configs, handle_incremental_alter_configs},
    {api_key::alter_partition_reassignments, handle_alter_partition_reassignments},
    {api_key::list_partition_reassignments, handle_list_partition_reassignments},
    {api_key::offset_delete, handle_offset_delete},
    {api_key::describe_quorum, handle_describe_quorum},
    {api_key::describe_cluster, handle_describe_cluster},
    {api_key::describe_producers, handle_describe_producers},
    {api_key::consumer_group_heartbeat, handle_consumer_group_heartbeat},
    {api_key::describe_topic_partitions, handle_describe_topic_partitions},
    {api_key::share_group_heartbeat, handle_share_group_heartbeat},
    {api_key::share_fetch, handle_share_fetch},
    {api_key::share_acknowledge, handle_share_acknowledge},
    {api_key::streams_group_heartbeat, handle_streams_group_heartbeat},
    {api_key::describe_share_group_offsets, handle_describe_share_group_offsets},
    {api_key::alter_share_group_offsets, handle_alter_share_group_offsets},
    {api_key::delete_share_group_offsets, handle_delete_share_group_offsets},
    {api_key::fetch_by_key, handle_fetch_by_key},
    {api_key::list_keys, handle_list_keys},
    {api_key::forward, handle_forward},
    {api_key::fetch_restore_point, handle_fetch_restore_point},
};

static_assert(std::ranges::is_sorted(handlers, {}, &handler_row::key));

/// Empty: the request passes as opaque bytes, and so does its response.
handler handler_of(api_key key) {
    const auto* const row = std::ranges::lower_bound(handlers, key, {}, &handler_row::key);
    return row != std::ranges::end(handlers) && row->key == key ? row->handle : nullptr;
}

/// What answers a version that bkes doesn't have. Empty: the connection ends, as at a broker.
handler refusal_of_version(api_key key) {
    if (key == api_key::api_versions) {
        return handle_api_versions;
    }
    return protocol::is_extension(key) ? refuse_extension_version : nullptr;
}

request_route refuse_unsupported(session& client, const protocol::request_header& header) {
    client.close(disconnect::unsupported_request,
                 fmt::format("api_key={} api_version={}", header.key, header.version));
    return request_route::close;
}

}  // namespace

request_route dispatch(session& client, bytes_view frame) {
    const auto header_and_body = frame.substr(protocol::frame_prefix_size);
    switch (client.sasl().take(header_and_body)) {
        case sasl_exchange::frame_kind::token:
            client.expect_token();
            return request_route::relay;
        case sasl_exchange::frame_kind::request_after_tokens:
            client.drop_unanswered_token();
            break;
        case sasl_exchange::frame_kind::request:
            break;
    }
    const auto start = protocol::peek_request_header(header_and_body);
    if (!start) {
        client.close(disconnect::malformed_request, "a frame too short for a request");
        return request_route::close;
    }
    const auto* api = protocol::find_api(start->key);
    const bool is_offered = api != nullptr && api->versions.contains(start->version);
    const auto refuse = api == nullptr || is_offered ? nullptr : refusal_of_version(api->key);
    if (!is_offered && refuse == nullptr) {
        return refuse_unsupported(client, *start);
    }
    client_request request{.api_key = start->key,
                           .api_version = start->version,
                           .correlation_id = start->correlation_id,
                           .client_id = {},
                           .body = {},
                           .frame = frame};
    if (refuse != nullptr) {  // its header may be of a form nobody knows yet
        return refuse(client, request);
    }
    const auto whole = protocol::decode_request_header(header_and_body);
    if (!whole) {
        client.close(disconnect::malformed_request, api->name);
        return request_route::close;
    }
    client.sasl().request_seen(start->key);
    client.count(request);
    request.client_id = whole->header.client_id;
    client.set_client_id(request.client_id);
    request.body = whole->body;
    if (const auto handle = handler_of(api->key)) {
        return handle(client, request);
    }
    client.expect_upstream(request);
    return request_route::relay;
}

}  // namespace bkes::proxy
