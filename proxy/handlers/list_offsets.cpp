// ListOffsets: real topics go upstream, key topics are answered from the store.

#include "protocol/messages/list_offsets.hpp"

#include "proxy/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/key_reads.hpp"
#include "proxy/reply.hpp"
#include "proxy/requested_topics.hpp"
#include "proxy/split_request.hpp"

#include <chrono>
#include <memory>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::list_offsets_request;
using protocol::list_offsets_response;
using answered_partition = list_offsets_response::topic::partition;

namespace {

// Times that mean a place (Kafka: ListOffsetsRequest.java).
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t largest_time = -3;
constexpr std::int64_t earliest_local = -4;
constexpr std::int64_t last_tiered = -5;
constexpr std::int64_t earliest_pending_upload = -6;

result<found_offset> look_up(server_state& server, const key_topic& topic,
                             const aggregate_range& range, std::int64_t time) {
    switch (time) {
        case latest:
            return found_offset{.offset = range.next.value()};
        case earliest:
        case earliest_local:
            return found_offset{.offset = range.start.value()};
        case largest_time:
            return find_largest_time(server, topic, range);
        case last_tiered:
        case earliest_pending_upload:
            return found_offset{};
        default:
            return find_by_time(server, topic, range, time);
    }
}

answered_partition answer_partition(server_state& server, const requested_topic& topic,
                                    const list_offsets_request::topic::partition& asked,
                                    sync::wait_result readable) {
    answered_partition answer{.partition_index = asked.partition_index};
    const auto fail = [&answer](kafka_error error) {
        answer.error_code = code_of(error);
        return answer;
    };
    if (!topic.key) {
        return fail(kafka_error::invalid_topic_exception);
    }
    if (asked.partition_index != 0) {
        return fail(kafka_error::unknown_topic_or_partition);
    }
    if (readable != sync::wait_result::reached) {
        return fail(kafka_error::not_leader_or_follower);
    }
    const auto range = find_range(server, topic.key->topic, topic.key->key);
    if (!range) {
        return fail(kafka_error::unknown_server_error);
    }
    const auto found = look_up(server, *topic.key, *range, asked.timestamp);
    if (!found) {
        return fail(kafka_error::unknown_server_error);
    }
    answer.offset = found->offset;
    answer.timestamp = found->timestamp_ms;
    return answer;
}

/// The key topics of one request. Copies, as the request's frame is gone when they are answered.
struct asked_topic {
    requested_topic what;
    std::string name;
    std::vector<list_offsets_request::topic::partition> partitions;
};

class key_offsets : public split_request<list_offsets_response> {
  public:
    using split_request::split_request;

    std::vector<asked_topic> asked;

    void look_up_all(session& client, sync::wait_result readable) {
        for (const auto& topic : asked) {
            auto& answer = own.topics.emplace_back();
            answer.name = topic.name;
            for (const auto& partition : topic.partitions) {
                answer.partitions.push_back(
                    answer_partition(client.server(), topic.what, partition, readable));
            }
        }
        own_done();
    }
};

}  // namespace

request_route handle_list_offsets(session& client, const client_request& request) {
    auto& server = client.server();
    auto decoded = decode_request<list_offsets_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    std::vector<asked_topic> asked;
    std::erase_if(decoded->topics, [&](const list_offsets_request::topic& topic) {
        auto what = classify_name(server, topic.name);
        if (what.is_real()) {
            return false;
        }
        asked.push_back({std::move(what), std::string{topic.name}, topic.partitions});
        return true;
    });
    if (asked.empty()) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    const auto split = std::make_shared<key_offsets>(client, request);
    split->asked = std::move(asked);
    split->start(client, request, *decoded, decoded->topics.empty());
    // The first one's guarded topic stands for all: the topics of an instance catch up together.
    const auto guarded = split->asked.front().what.key ? split->asked.front().what.key->topic
                                                       : server.guarded.topics().front();
    server.guarded.when_readable(
        guarded, std::nullopt, std::chrono::steady_clock::now() + server.settings.hold,
        client.context(), client.weak_from_this(),
        [split, weak = client.weak_from_this()](sync::wait_result readable) {
            if (const auto alive = weak.lock()) {
                split->look_up_all(*alive, readable);
            }
        });
    return request_route::handled;
}

}  // namespace bkes::proxy
