// SaslHandshake and SaslAuthenticate pass as they came; after version 0 of the former bare tokens
// follow (proxy/session/sasl_exchange.hpp).

#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/reply.hpp"

namespace bkes::proxy {

request_route handle_sasl_handshake(session& client, const client_request& request) {
    const auto decoded = decode_request<protocol::sasl_handshake_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    client.sasl().handshake_sent(request.api_version, decoded->mechanism);
    client.expect_upstream(
        request, [&client, identity = request_identity{request}](answer_id id, bytes_view frame) {
            const auto response =
                decode_response<protocol::sasl_handshake_response>(client, identity, frame);
            if (response) {
                client.sasl().handshake_answered(response->error_code);
                client.answer(id, bytes{frame});
            }
        });
    return request_route::relay;
}

request_route handle_sasl_authenticate(session& client, const client_request& request) {
    // What can't be read is the broker's to refuse.
    if (const auto sent = protocol::decode<protocol::sasl_authenticate_request>(
            request.body, request.api_version)) {
        client.sasl().authenticate_sent(sent->auth_bytes);
    }
    client.expect_upstream(
        request, [&client, identity = request_identity{request}](answer_id id, bytes_view frame) {
            const auto response =
                decode_response<protocol::sasl_authenticate_response>(client, identity, frame);
            if (response) {
                client.sasl().authenticate_answered(response->error_code,
                                                    response->session_lifetime_ms);
                client.answer(id, bytes{frame});
                client.login_answered();
            }
        });
    return request_route::relay;
}

}  // namespace bkes::proxy
