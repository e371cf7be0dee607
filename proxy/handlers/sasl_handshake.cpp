// SaslHandshake passes as it came; after version 0 bare tokens follow (proxy/sasl_exchange.hpp).

#include "protocol/messages/sasl_handshake.hpp"

#include "proxy/handlers/handlers.hpp"
#include "proxy/reply.hpp"

namespace bkes::proxy {

request_route handle_sasl_handshake(session& client, const client_request& request) {
    const auto decoded = decode_request<protocol::sasl_handshake_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    if (request.api_version == 0) {
        client.sasl().begin(decoded->mechanism);
    }
    client.expect_upstream(request);
    return request_route::relay;
}

}  // namespace bkes::proxy
