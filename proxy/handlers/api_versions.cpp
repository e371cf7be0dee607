// ApiVersions: what the brokers can, cut to what bkes knows, and bkes' own requests.

#include "protocol/messages/api_versions.hpp"

#include "protocol/api_table.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/wire/reader.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/reply.hpp"

#include <algorithm>

namespace bkes::proxy {

using protocol::api_versions_response;

namespace {

void cut_to_known(api_versions_response& response) {
    std::erase_if(response.api_keys, [](api_versions_response::api_version& offered) {
        const auto* known = protocol::find_api(offered.api_key);
        if (known == nullptr) {
            return true;
        }
        offered.min_version = std::max(offered.min_version, known->versions.min);
        offered.max_version = std::min(offered.max_version, known->versions.max);
        return offered.min_version > offered.max_version;
    });
    if (response.error_code != 0) {
        return;  // what it names is a hint how to ask again
    }
    for (const auto& api : protocol::api_table()) {
        if (protocol::is_extension(api.key)) {
            response.api_keys.push_back({.api_key = static_cast<std::int16_t>(api.key),
                                         .min_version = api.versions.min,
                                         .max_version = api.versions.max});
        }
    }
}

/// A version that bkes doesn't know is answered as a broker does: body of version 0 with error 35
/// and the range of ApiVersions itself (KIP-511).
request_route refuse_version(session& client, const client_request& request) {
    const auto* known = protocol::find_api(request.api_key);
    api_versions_response response;
    response.error_code = static_cast<std::int16_t>(protocol::kafka_error::unsupported_version);
    response.api_keys.push_back({.api_key = request.api_key,
                                 .min_version = known->versions.min,
                                 .max_version = known->versions.max});
    request_identity as_version_0{request};
    as_version_0.api_version = 0;
    answer_with(client, client.owe(request), as_version_0, response);
    return request_route::handled;
}

/// A broker older than bkes refuses a version in the same way: its answer is of version 0 then, and
/// so must be the client's. Header and error code are alike in all versions.
request_identity as_answered(const request_identity& request, bytes_view frame) {
    protocol::reader in{frame.substr(protocol::frame_prefix_size)};
    in.i32();  // correlation id
    auto answered = request;
    if (in.i16() == static_cast<std::int16_t>(protocol::kafka_error::unsupported_version)) {
        answered.api_version = 0;
    }
    return answered;
}

}  // namespace

request_route handle_api_versions(session& client, const client_request& request) {
    if (!protocol::find_api(request.api_key)->versions.contains(request.api_version)) {
        return refuse_version(client, request);
    }
    client.expect_upstream(
        request, [&client, identity = request_identity{request}](answer_id id, bytes_view frame) {
            const auto answered = as_answered(identity, frame);
            auto response = decode_response<api_versions_response>(client, answered, frame);
            if (response) {
                cut_to_known(*response);
                answer_with(client, id, answered, *response);
            }
        });
    return request_route::relay;
}

}  // namespace bkes::proxy
