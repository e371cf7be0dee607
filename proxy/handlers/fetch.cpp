// Fetch. A request that names no key topic passes as it came. Otherwise the key topics are read
// from the store (key_topic_fetch) and the rest goes upstream; fetch sessions are declined
// (KIP-227: session id 0), since a session can't be split, and with them what is to be forgotten.

#include "protocol/messages/fetch.hpp"

#include "protocol/wire/field_versions.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/key_topic_fetch.hpp"
#include "proxy/handlers/node_endpoints.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/requested_topics.hpp"

#include <memory>

namespace bkes::proxy {

using protocol::fetch_request;
using protocol::fetch_response;

namespace {

constexpr std::int16_t first_version_with_topic_ids =
    protocol::first_version_of<fetch_request::topic>("topic_id");
constexpr std::int16_t first_fetch_with_endpoints =
    protocol::first_version_of<fetch_response>("node_endpoints");
constexpr std::int32_t no_session = 0;
constexpr std::int32_t sessionless_epoch = -1;

request_route split_fetch_request(session& client, const client_request& request) {
    auto decoded = decode_request<fetch_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    std::size_t asked = 0;
    for (const auto& topic : decoded->topics) {
        asked += 1 + topic.partitions.size();
    }
    if (!has_memory_for(client, asked, key_topic_fetch::element_bytes,
                        fetch_request::schema.name)) {
        return request_route::close;
    }
    const auto own = std::make_shared<key_topic_fetch>(client, request, *decoded);
    std::erase_if(decoded->topics, [&](const fetch_request::topic& topic) {
        auto what = request.api_version >= first_version_with_topic_ids
                        ? classify_id(client.server(), topic.topic_id)
                        : classify_name(client.server(), topic.name);
        if (what.is_real()) {
            return false;
        }
        own->add(topic, std::move(what));
        return true;
    });
    const bool is_all_ours = decoded->topics.empty();
    if (!is_all_ours) {
        decoded->session_id = no_session;
        decoded->session_epoch = sessionless_epoch;
        decoded->forgotten_topics_data.clear();
    }
    own->start(client, request, *decoded, is_all_ours);
    return request_route::handled;
}

}  // namespace

request_route handle_fetch(session& client, const client_request& request) {
    const auto ours = names_key_topic<fetch_request>(client, request);
    if (!ours) {
        return request_route::close;
    }
    if (*ours) {
        return split_fetch_request(client, request);
    }
    if (request.api_version < first_fetch_with_endpoints) {
        client.expect_upstream(request);
    } else {
        client.expect_fetch(request, rewrite_node_endpoints<fetch_response>(client, request));
    }
    return request_route::relay;
}

}  // namespace bkes::proxy
