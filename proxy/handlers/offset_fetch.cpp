// OffsetFetch: for key topics what is remembered of commits, else the start (committed_orders.hpp):
// -1 would have a client with auto.offset.reset=latest skip what came while it was away. The rest
// goes on.

#include "protocol/messages/offset_fetch.hpp"

#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/split_request.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace bkes::proxy {

using protocol::offset_fetch_request;
using protocol::offset_fetch_response;

namespace {

constexpr std::int64_t no_offset = -1;
constexpr event_order start{0};

/// The brokers' answer and bkes' own name groups in the same order (versions 8 and later).
class split_offset_fetch : public split_request<offset_fetch_response> {
  public:
    using split_request::split_request;

  private:
    void merge(offset_fetch_response& response) override {
        if (response.error_code == 0) {
            std::ranges::move(own.topics, std::back_inserter(response.topics));
        }
        for (auto& group : own.groups) {
            const auto same = std::ranges::find(response.groups, group.group_id,
                                                &offset_fetch_response::group::group_id);
            if (same != response.groups.end() && same->error_code == 0) {
                std::ranges::move(group.topics, std::back_inserter(same->topics));
            }
        }
    }
};

/// Moves key topics from the request to the answer.
template <class AskedTopics, class AnsweredTopics>
void take_key_topics(split_offset_fetch& split, server_state& server, bytes_view group,
                     AskedTopics& asked, AnsweredTopics& answered) {
    if (!asked) {
        return;  // all topics of the group: the brokers know no key topic
    }
    std::erase_if(*asked, [&](const auto& topic) {
        const auto what = classify_name(server, topic.name);
        if (what.is_real()) {
            return false;
        }
        auto& answer = answered.emplace_back();
        answer.name = split.keep(topic.name);
        for (const auto index : topic.partition_indexes) {
            auto& partition = answer.partitions.emplace_back();
            partition.partition_index = index;
            partition.committed_offset =
                what.key && index == 0
                    ? server.committed.find(group, topic.name).value_or(start).value()
                    : no_offset;
        }
        return true;
    });
}

/// Answers to be made: an element of four bytes is one.
std::size_t count_answers(const server_state& server, const offset_fetch_request& request) {
    const auto count_in = [&](const auto& topics) {
        return topics ? count_own(server, *topics,
                                  [](const auto& topic) { return topic.partition_indexes.size(); })
                      : 0;
    };
    auto found = count_in(request.topics);
    for (const auto& group : request.groups) {
        found += count_in(group.topics);
    }
    return found;
}

}  // namespace

request_route handle_offset_fetch(session& client, const client_request& request) {
    auto decoded = decode_request<offset_fetch_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    if (!has_memory_for(client, count_answers(client.server(), *decoded),
                        sizeof(offset_fetch_response::topic::partition),
                        offset_fetch_request::schema.name)) {
        return request_route::close;
    }
    const auto split = std::make_shared<split_offset_fetch>(client, request);
    take_key_topics(*split, client.server(), decoded->group_id, decoded->topics, split->own.topics);
    bool has_own = !split->own.topics.empty();
    for (auto& group : decoded->groups) {
        offset_fetch_response::group answer;
        answer.group_id = split->keep(group.group_id);
        take_key_topics(*split, client.server(), group.group_id, group.topics, answer.topics);
        has_own = has_own || !answer.topics.empty();
        split->own.groups.push_back(std::move(answer));
    }
    if (!has_own) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    // Sent on even if no topic is left: the brokers judge the group and the client's right to it.
    split->start(client, request, *decoded, false);
    split->own_done();
    return request_route::handled;
}

}  // namespace bkes::proxy
