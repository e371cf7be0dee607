#pragma once
// The tagged field `node_endpoints` of Produce v10+ and Fetch v16+ responses (KIP-951): it names
// brokers when a partition has moved, and is absent otherwise, which is nearly always.

#include "protocol/messages/node_endpoint.hpp"
#include "protocol/wire/tagged_fields.hpp"
#include "proxy/addresses/address_rewriter.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

namespace bkes::proxy {

inline constexpr std::uint32_t node_endpoints_tag = 0;

/// The encoded endpoints with bkes' addresses in place of the brokers'.
inline result<bytes> rewrite_endpoints(listener_brokers brokers, bytes_view content) {
    auto endpoints = protocol::decode_node_endpoints(content);
    if (!endpoints) {
        return failure{endpoints.error()};
    }
    address_rewriter addresses{brokers};
    addresses.rewrite_all(*endpoints);
    return protocol::encode_node_endpoints(*endpoints);
}

/// The whole response frame with its node_endpoints rewritten; the frame as it is if it has none.
/// Nothing but the field itself is decoded or copied anew.
template <class Response>
result<bytes> rewrite_frame(listener_brokers brokers, const request_identity& request,
                            bytes_view frame) {
    const auto& api = *protocol::find_api(Response::schema.key);
    const auto view = protocol::decode_response_header(frame.substr(protocol::frame_prefix_size),
                                                       api, request.api_version);
    if (!view) {
        return failure{view.error()};
    }
    const auto tags = protocol::locate_tagged_fields<Response>(view->body, request.api_version);
    if (!tags) {
        return failure{tags.error()};
    }
    const auto section = view->body.substr(*tags);
    const auto content = protocol::find_tagged_field(section, node_endpoints_tag);
    if (!content) {
        return failure{content.error()};
    }
    if (!*content) {
        return bytes{frame};
    }
    const auto changed = rewrite_endpoints(brokers, **content);
    if (!changed) {
        return failure{changed.error()};
    }
    bytes rewritten{frame.substr(0, frame.size() - section.size())};
    const auto replaced =
        protocol::replace_tagged_field(section, node_endpoints_tag, *changed, rewritten);
    if (!replaced) {
        return failure{replaced.error()};
    }
    protocol::close_frame(rewritten, 0);
    return rewritten;
}

/// Relays the response to `request` with bkes' addresses in its node_endpoints.
template <class Response>
response_handler rewrite_node_endpoints(session& client, const client_request& request) {
    return [&client, identity = request_identity{request}](answer_id id, bytes_view frame) {
        auto rewritten = rewrite_frame<Response>(client.listener().brokers, identity, frame);
        if (rewritten) {
            client.answer(id, std::move(*rewritten));
        } else {
            client.close(disconnect::unexpected_response, Response::schema.name);
        }
    };
}

}  // namespace bkes::proxy
