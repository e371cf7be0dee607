// ListKeys (api key 20002): the aggregates of a guarded topic in byte order of their keys.

#include "protocol/messages/list_keys.hpp"

#include "proxy/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/reply.hpp"
#include "proxy/server_state.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::list_keys_request;
using protocol::list_keys_response;

namespace {

constexpr std::int32_t keys_max = 10'000;

struct asked_keys {
    bytes topic;
    bytes prefix;
    bytes after;
    std::size_t limit = 0;
};

list_keys_response failed(kafka_error error, bytes_view text) {
    list_keys_response response;
    response.error_code = code_of(error);
    response.error_message = text;
    return response;
}

void answer_listed(session& client, answer_id id, const request_identity& identity,
                   const asked_keys& asked) {
    const auto after = asked.after.empty() ? std::nullopt : std::optional<bytes_view>{asked.after};
    auto listed = client.server().events.list_keys(asked.topic, asked.prefix, after, asked.limit,
                                                   std::numeric_limits<std::size_t>::max());
    if (!listed) {
        answer_with(client, id, identity,
                    failed(kafka_error::unknown_server_error, "bkes: the store can't be read"));
        return;
    }
    list_keys_response response;
    for (const auto& [key, head] : *listed) {
        response.keys.push_back({.key = key,
                                 .partition = head.partition.value(),
                                 .start_order = head.start_order.value(),
                                 .next_order = head.next_order.value(),
                                 .last_log_offset = head.last_offset.value(),
                                 .last_timestamp = head.last_timestamp_ms});
    }
    answer_with(client, id, identity, response);
}

}  // namespace

request_route handle_list_keys(session& client, const client_request& request) {
    const auto decoded = decode_request<list_keys_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    auto& server = client.server();
    const auto id = client.owe(request);
    const request_identity identity{request};
    if (!server.guarded.guards(decoded->topic)) {
        const auto text = not_guarded_text(decoded->topic);
        answer_with(client, id, identity, failed(kafka_error::unknown_topic_or_partition, text));
        return request_route::handled;
    }
    // `after` is exclusive and empty means the start, so the first page must not end with the empty
    // key: of at least two keys it is never the last, unless there is no other.
    const auto limit = std::clamp(decoded->limit, decoded->after.empty() ? 2 : 1, keys_max);
    asked_keys asked{bytes{decoded->topic}, bytes{decoded->prefix}, bytes{decoded->after},
                     static_cast<std::size_t>(limit)};
    server.guarded.when_readable(
        asked.topic, std::nullopt, std::chrono::steady_clock::now() + server.settings.hold,
        client.context(), client.weak_from_this(),
        [weak = client.weak_from_this(), id, identity, asked](sync::wait_result readable) {
            const auto alive = weak.lock();
            if (!alive) {
                return;
            }
            if (readable == sync::wait_result::reached) {
                alive->when_room(id, [weak, id, identity, asked] {
                    if (const auto still = weak.lock()) {
                        answer_listed(*still, id, identity, asked);
                    }
                });
            } else {
                answer_with(*alive, id, identity,
                            failed(kafka_error::not_leader_or_follower,
                                   "bkes: the topic is not caught up yet"));
            }
        });
    return request_route::handled;
}

}  // namespace bkes::proxy
