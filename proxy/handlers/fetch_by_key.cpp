// FetchByKey (api key 20001): the events of aggregates, read by key.

#include "protocol/messages/fetch_by_key.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/key_fetch.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/session/server_state.hpp"

#include <fmt/format.h>

#include <memory>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;
using protocol::kafka_error;

namespace {

/// Of one request: more are asked for in several.
constexpr std::size_t keys_max = 10'000;
constexpr std::size_t request_bytes_max = std::size_t{8} << 20U;

void refuse(session& client, const client_request& request, kafka_error error, bytes_view text) {
    fetch_by_key_response response;
    response.error_code = code_of(error);
    response.error_message = text;
    answer_with(client, client.owe(request), request_identity{request}, response);
}

}  // namespace

request_route handle_fetch_by_key(session& client, const client_request& request) {
    if (request.body.size() > request_bytes_max) {
        refuse(client, request, kafka_error::invalid_request,
               fmt::format("bkes: a request of at most {} bytes", request_bytes_max));
        return request_route::handled;
    }
    const auto decoded = decode_request<fetch_by_key_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    if (!client.server().guarded.guards(decoded->topic)) {
        refuse(client, request, kafka_error::unknown_topic_or_partition,
               not_guarded_text(decoded->topic));
    } else if (decoded->keys.size() > keys_max) {
        refuse(client, request, kafka_error::invalid_request,
               fmt::format("bkes: at most {} keys in one request", keys_max));
    } else {
        std::make_shared<key_fetch>(client, request, *decoded)->start(client, request);
    }
    return request_route::handled;
}

}  // namespace bkes::proxy
