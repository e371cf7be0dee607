// Versions that bkes doesn't have of its own requests: answered as brokers answer such an
// ApiVersions, with 35 in the oldest form, which every client of theirs can read.

#include "protocol/messages/fetch_by_key.hpp"
#include "protocol/messages/fetch_restore_point.hpp"
#include "protocol/messages/forward.hpp"
#include "protocol/messages/list_keys.hpp"
#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/reply.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

namespace {

template <class Response>
void refuse(session& client, const client_request& request) {
    const auto text =
        fmt::format("bkes: no version {} of this request, only {} to {}", request.api_version,
                    Response::schema.versions.min, Response::schema.versions.max);
    Response response;
    response.error_code = code_of(protocol::kafka_error::unsupported_version);
    response.error_message = text;
    request_identity in_oldest_form{request};
    in_oldest_form.api_version = Response::schema.versions.min;
    answer_with(client, client.owe(request), in_oldest_form, response);
}

}  // namespace

request_route refuse_extension_version(session& client, const client_request& request) {
    const protocol::api_key key{request.api_key};
    if (key == protocol::api_key::fetch_by_key) {
        refuse<protocol::fetch_by_key_response>(client, request);
    } else if (key == protocol::api_key::forward) {
        refuse<protocol::forward_response>(client, request);
    } else if (key == protocol::api_key::fetch_restore_point) {
        refuse<protocol::fetch_restore_point_response>(client, request);
    } else {
        refuse<protocol::list_keys_response>(client, request);
    }
    return request_route::handled;
}

}  // namespace bkes::proxy
