// OffsetCommit: what a group commits for key topics is remembered here (committed_orders.hpp), the
// rest goes on.
//
// Whether the client may commit for that group only the brokers know. So in place of the key topics
// they are asked for a partition of the guarded topic that can't exist: first they look at the right
// to the group, then at that to the topic, and at last they don't know the partition
// (KafkaApis.handleOffsetCommitRequest). They don't come to the group's generation: a member that was
// thrown out may commit once more, as late commits may for `assign`.

#include "protocol/messages/offset_commit.hpp"

#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/rights_check.hpp"
#include "proxy/handlers/split_request.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::offset_commit_request;
using protocol::offset_commit_response;

namespace {

constexpr std::int32_t no_partition = std::numeric_limits<std::int32_t>::max();

/// What the brokers say of the partition that can't exist, as far as it concerns the group.
std::int16_t code_of_group(std::int16_t answered) {
    const bool is_topic = answered == code_of(kafka_error::unknown_topic_or_partition) ||
                          answered == code_of(kafka_error::topic_authorization_failed);
    return is_topic ? code_of(kafka_error::none) : answered;
}

class split_offset_commit final : public split_request<offset_commit_response> {
  public:
    split_offset_commit(session& client, const client_request& request, bytes_view group)
        : split_request{client, request}, server_{client.server()}, group_{group} {}

    /// Moves the key topics out of the request. Until all rights are known nothing of it may be used.
    void take_key_topics(offset_commit_request& request, rights_check& rights) {
        std::erase_if(request.topics, [&](const offset_commit_request::topic& topic) {
            const auto what = classify_name(server_, topic.name);
            if (!what.is_real()) {
                take(topic, what, rights);
            }
            return !what.is_real();
        });
        // Any guarded topic will do: the right to the group comes before it.
        const bytes_view guarded{server_.guarded.topics().front()};
        const auto same =
            std::ranges::find(request.topics, guarded, &offset_commit_request::topic::name);
        auto& asked = same != request.topics.end() ? *same : request.topics.emplace_back();
        asked.name = guarded;
        asked.partitions.push_back({.partition_index = no_partition});
    }

  private:
    struct commit {
        std::string topic;
        uuid topic_id;  ///< of the guarded topic
        event_order next;
    };

    void take(const offset_commit_request::topic& topic, const requested_topic& what,
              rights_check& rights) {
        auto& answer = own.topics.emplace_back();
        answer.name = keep(topic.name);
        const bool is_allowed = what.key && rights.allows(what.key->topic, what.key->key,
                                                          protocol::acl_operation::read);
        for (const auto& partition : topic.partitions) {
            auto& one = answer.partitions.emplace_back();
            one.partition_index = partition.partition_index;
            if (!what.key) {
                one.error_code = code_of(kafka_error::invalid_topic_exception);
            } else if (!is_allowed) {
                one.error_code = code_of(kafka_error::topic_authorization_failed);
            } else if (partition.partition_index != 0) {
                one.error_code = code_of(kafka_error::unknown_topic_or_partition);
            } else {
                commits_.push_back({.topic = what.name,
                                    .topic_id = guarded_topic_id(server_, what.key->topic),
                                    .next = event_order{partition.committed_offset}});
            }
        }
    }

    void merge(offset_commit_response& response) override {
        const auto group_code = take_code_of_group(response);
        if (group_code == code_of(kafka_error::none)) {
            for (const auto& one : commits_) {
                server_.committed.commit(group_, one.topic, one.topic_id, one.next);
            }
        } else {
            for (auto& topic : own.topics) {
                for (auto& partition : topic.partitions) {
                    partition.error_code = group_code;
                }
            }
        }
        append(response.topics, own.topics);
    }

    /// Takes the partition that can't exist out of the answer.
    [[nodiscard]] std::int16_t take_code_of_group(offset_commit_response& response) const {
        auto found = code_of(kafka_error::unknown_server_error);
        for (auto& topic : response.topics) {
            std::erase_if(topic.partitions, [&found](const auto& partition) {
                if (partition.partition_index != no_partition) {
                    return false;
                }
                found = code_of_group(partition.error_code);
                return true;
            });
        }
        std::erase_if(response.topics, [](const auto& topic) { return topic.partitions.empty(); });
        return found;
    }

    server_state& server_;
    bytes group_;
    std::vector<commit> commits_;
};

}  // namespace

request_route handle_offset_commit(session& client, const client_request& request) {
    const auto found = names_key_topic<offset_commit_request>(client, request);
    if (!found) {
        return request_route::close;
    }
    if (!*found) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    auto decoded = decode_request<offset_commit_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    const auto asked = count_own(client.server(), decoded->topics,
                                 [](const auto& topic) { return 1 + topic.partitions.size(); });
    constexpr std::size_t element_bytes = 400;
    if (!has_memory_for(client, asked, element_bytes, offset_commit_request::schema.name)) {
        return request_route::close;
    }
    rights_check rights{client, client.request_waits_since()};
    const auto split = std::make_shared<split_offset_commit>(client, request, decoded->group_id);
    split->take_key_topics(*decoded, rights);
    if (rights.is_open()) {
        return request_route::after_rights;
    }
    split->start(client, request, *decoded, false);
    split->own_done();
    return request_route::handled;
}

}  // namespace bkes::proxy
