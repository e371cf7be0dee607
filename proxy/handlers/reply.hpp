#pragma once
// Building answers and changed requests: what every handler does last.

#include "protocol/errors.hpp"
#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/wire/codec.hpp"
#include "proxy/session/session.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace bkes::proxy {

/// What of a request is needed to answer it later, when its frame is gone.
struct request_identity {
    std::int16_t api_version = 0;
    std::int32_t correlation_id = 0;

    explicit request_identity(const client_request& request)
        : api_version{request.api_version}, correlation_id{request.correlation_id} {}
};

/// Gives the client an answer. A response that its version can't say is a bug of ours: the
/// connection is closed with a log line rather than left waiting.
template <class Response>
void answer_with(session& client, answer_id id, const request_identity& request,
                 const Response& response) {
    bytes frame;
    const auto built = protocol::append_response_frame(request.correlation_id, request.api_version,
                                                       response, frame);
    if (!built) {
        client.close(disconnect::unexpected_response, built.error().message());
        return;
    }
    client.answer(id, std::move(frame));
}

/// The same request with another body.
template <class Request>
bytes request_frame_like(session& client, const client_request& original, const Request& changed) {
    bytes frame;
    const auto built = protocol::append_request_frame({.version = original.api_version,
                                                       .correlation_id = original.correlation_id,
                                                       .client_id = original.client_id},
                                                      changed, frame);
    if (!built) {
        client.close(disconnect::malformed_request, built.error().message());
    }
    return frame;
}

/// Decodes the body of an upstream response. Closes the session if it can't be.
template <class Response>
std::optional<Response> decode_response(session& client, const request_identity& request,
                                        bytes_view frame) {
    const auto view = protocol::decode_response_header(frame.substr(protocol::frame_prefix_size),
                                                       *protocol::find_api(Response::schema.key),
                                                       request.api_version);
    if (view) {
        if (auto response = protocol::decode<Response>(view->body, request.api_version)) {
            return std::move(*response);
        }
    }
    client.close(disconnect::unexpected_response, Response::schema.name);
    return std::nullopt;
}

/// What the elements of a request may take in memory: far more than any cluster has use for (a
/// Metadata of 250,000 topics), and far less than a frame of frame.bytes.max could make of it.
inline constexpr std::size_t request_memory_max = std::size_t{16} << 20U;

/// What bkes makes of a request that names its own topics: with all that is kept for the answer.
inline constexpr std::size_t own_work_max = std::size_t{32} << 20U;

/// Whether bkes makes so much of a request; closes the session if not. Elements that are small in the
/// request can be large in its answer.
inline bool has_memory_for(session& client, std::size_t elements, std::size_t bytes_each,
                           std::string_view request) {
    if (elements > own_work_max / bytes_each) {
        client.close(disconnect::too_many_elements, request);
        return false;
    }
    return true;
}

/// Decodes the body of a request. Closes the session if it can't be, as a broker does.
template <class Request>
std::optional<Request> decode_request(session& client, const client_request& request) {
    auto decoded = protocol::decode<Request>(request.body, request.api_version, request_memory_max);
    if (decoded) {
        return std::move(*decoded);
    }
    const bool is_large = decoded.error() == protocol::protocol_errc::too_many_elements;
    client.close(is_large ? disconnect::too_many_elements : disconnect::malformed_request,
                 Request::schema.name);
    return std::nullopt;
}

}  // namespace bkes::proxy
