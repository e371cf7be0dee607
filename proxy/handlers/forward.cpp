// Forward (api key 20003): what another instance of the group gives to this one.

#include "protocol/messages/forward.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/rights_check.hpp"
#include "proxy/session/server_state.hpp"
#include "sync/forward/forward_service.hpp"
#include "sync/guarded_topics.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace bkes::proxy {

using protocol::forward_request;
using protocol::forward_response;
using protocol::kafka_error;

namespace {

/// Of an append besides its records: what is kept until its outcome was heard.
constexpr std::size_t append_bytes = 500;

request_route refuse_forward(session& client, const client_request& request, kafka_error error,
                             bytes_view text) {
    forward_response response;
    response.error_code = code_of(error);
    response.error_message = text;
    answer_with(client, client.owe(request), request_identity{request}, response);
    return request_route::handled;
}

std::set<bytes_view> topics_of(const forward_request& request) {
    std::set<bytes_view> topics;
    for (const auto& append : request.appends) {
        topics.insert(append.topic);
    }
    for (const auto& question : request.positions) {
        topics.insert(question.topic);
    }
    return topics;
}

}  // namespace

request_route handle_forward(session& client, const client_request& request) {
    const auto decoded = decode_request<forward_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    auto* const service = client.server().guarded.forwards();
    if (service == nullptr) {
        return refuse_forward(client, request, kafka_error::not_leader_or_follower,
                              "bkes: this instance shares no partitions (group.id)");
    }
    if (!has_memory_for(client, decoded->appends.size() + decoded->positions.size(), append_bytes,
                        forward_request::schema.name)) {
        return request_route::close;
    }
    auto topics = topics_of(*decoded);
    if (topics.empty()) {  // it only asks for outcomes
        topics.insert(client.server().guarded.topics().begin(),
                      client.server().guarded.topics().end());
    }
    for (const auto topic : topics) {
        if (!client.server().guarded.guards(topic)) {
            return refuse_forward(client, request, kafka_error::unknown_topic_or_partition,
                                  not_guarded_text(topic));
        }
    }
    rights_check rights{client, client.request_waits_since()};
    // Also with authorize=keys it is the topic itself: the rights of clients were looked at where they
    // came, and who comes here is an instance of bkes, or could do the same without it.
    const auto forbidden = find_forbidden(rights, topics, protocol::acl_operation::write);
    if (rights.is_open()) {
        return request_route::after_rights;
    }
    if (forbidden) {
        return refuse_forward(client, request, kafka_error::topic_authorization_failed,
                              missing_right_text(protocol::acl_operation::write, *forbidden));
    }
    const auto id = client.owe(request);
    const auto weak = client.weak_from_this();
    service->handle(*decoded, client.context(), weak,
                    [weak, id, identity = request_identity{request}](const auto& response) {
                        if (const auto asker = weak.lock()) {
                            answer_with(*asker, id, identity, response);
                        }
                    });
    return request_route::handled;
}

}  // namespace bkes::proxy
