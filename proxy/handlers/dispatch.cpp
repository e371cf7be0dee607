#include "proxy/handlers/dispatch.hpp"

#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

using protocol::api_key;

namespace {

using handler = request_route (*)(session&, const client_request&);

/// Empty: the request passes as opaque bytes, and so does its response.
handler handler_of(api_key key) {
    switch (key) {
        case api_key::produce:
            return handle_produce;
        case api_key::fetch:
            return handle_fetch;
        case api_key::list_offsets:
            return handle_list_offsets;
        case api_key::metadata:
            return handle_metadata;
        case api_key::offset_commit:
            return handle_offset_commit;
        case api_key::offset_fetch:
            return handle_offset_fetch;
        case api_key::find_coordinator:
            return handle_find_coordinator;
        case api_key::sasl_handshake:
            return handle_sasl_handshake;
        case api_key::sasl_authenticate:
            return handle_sasl_authenticate;
        case api_key::api_versions:
            return handle_api_versions;
        case api_key::create_topics:
            return handle_create_topics;
        case api_key::delete_records:
            return handle_delete_records;
        case api_key::offset_for_leader_epoch:
            return handle_offset_for_leader_epoch;
        case api_key::txn_offset_commit:
            return handle_txn_offset_commit;
        case api_key::describe_configs:
            return handle_describe_configs;
        case api_key::describe_cluster:
            return handle_describe_cluster;
        case api_key::describe_topic_partitions:
            return handle_describe_topic_partitions;
        case api_key::share_fetch:
            return handle_share_fetch;
        case api_key::share_acknowledge:
            return handle_share_acknowledge;
        case api_key::fetch_by_key:
            return handle_fetch_by_key;
        case api_key::list_keys:
            return handle_list_keys;
        default:
            return nullptr;
    }
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
