#pragma once
// Relaying a request whose response names brokers in ordinary fields.

#include "proxy/addresses/address_rewriter.hpp"
#include "proxy/handlers/dispatch.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/session/server_state.hpp"

namespace bkes::proxy {

/// `rewrite(address_rewriter&, Response&)` puts bkes' addresses into the response.
template <class Response, class Rewrite>
request_route relay_rewritten(session& client, const client_request& request, Rewrite rewrite) {
    client.expect_upstream(request, [&client, rewrite, identity = request_identity{request}](
                                        answer_id id, bytes_view frame) {
        if (auto response = decode_response<Response>(client, identity, frame)) {
            address_rewriter addresses{client.listener().brokers};
            rewrite(addresses, *response);
            answer_with(client, id, identity, *response);
        }
    });
    return request_route::relay;
}

}  // namespace bkes::proxy
