#include "protocol/messages/list_offsets.hpp"
#include "protocol/messages/metadata.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/start/cluster_facts.hpp"
#include "sync/start/start_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace bkes::sync {

namespace {

constexpr std::int64_t log_end = -1;
constexpr std::int64_t log_start = -2;
constexpr std::int8_t committed_only = 1;
constexpr protocol::version_range leader_metadata_versions{.min = 7, .max = 12};
/// Since version 2 transactions are looked at.
constexpr protocol::version_range offsets_versions{.min = 2, .max = 10};

struct leader_of_partition {
    std::int32_t partition;
    broker_address broker;
};

std::unexpected<start_problem> no_offset(const topic_facts& topic, std::int32_t partition,
                                         std::string_view why) {
    return std::unexpected{
        start_problem{start_problem_kind::unreachable,
                      fmt::format("end of partition {} of '{}' can't be asked for: {}", partition,
                                  topic.name, why)}};
}

std::vector<leader_of_partition> leaders_of(const protocol::metadata_response& response) {
    std::vector<leader_of_partition> leaders;
    for (const auto& topic : response.topics) {
        for (const auto& partition : topic.partitions) {
            for (const auto& broker : response.brokers) {
                if (broker.node_id == partition.leader_id) {
                    leaders.push_back(
                        {.partition = partition.partition_index,
                         .broker = {.id = node_id{broker.node_id},
                                    .host = std::string{broker.host},
                                    .port = static_cast<std::uint16_t>(broker.port)}});
                }
            }
        }
    }
    return leaders;
}

/// One end of one partition; Kafka's error code if there is none.
result<std::int64_t> ask_offset(start_questions& questions, broker_link& link,
                                const std::string& topic, std::int32_t partition,
                                std::int64_t which) {
    protocol::list_offsets_request request;
    request.replica_id = -1;
    request.isolation_level = committed_only;
    auto& asked = request.topics.emplace_back();
    asked.name = topic;
    asked.partitions.push_back({.partition_index = partition, .timestamp = which});
    std::optional<std::int64_t> offset;
    const auto answered = questions.ask<protocol::list_offsets_response>(
        link, request, offsets_versions, [&offset](const auto& response) {
            if (response.topics.size() == 1 && response.topics[0].partitions.size() == 1 &&
                response.topics[0].partitions[0].error_code == 0) {
                offset = response.topics[0].partitions[0].offset;
            }
        });
    if (!answered) {
        return failure{answered.error()};
    }
    return offset ? result<std::int64_t>{*offset}
                  : failure{make_error_code(link_errc::broker_error)};
}

/// Asks one leader after the other for what it leads.
started<std::vector<partition_bounds>> ask_leaders(
    start_questions& questions, const topic_facts& topic,
    const std::vector<leader_of_partition>& leaders) {
    std::vector<partition_bounds> bounds(static_cast<std::size_t>(topic.partition_count));
    std::map<node_id, std::shared_ptr<broker_link>> links;
    for (std::int32_t partition = 0; partition < topic.partition_count; ++partition) {
        const auto found = std::ranges::find(leaders, partition, &leader_of_partition::partition);
        if (found == leaders.end()) {
            return no_offset(topic, partition, "it has no leader");
        }
        auto& link = links[found->broker.id];
        if (!link) {
            const auto opened = questions.to_broker(found->broker);
            if (!opened) {
                return no_offset(topic, partition, opened.error().message());
            }
            link = *opened;
        }
        const auto start = ask_offset(questions, *link, topic.name, partition, log_start);
        const auto end = ask_offset(questions, *link, topic.name, partition, log_end);
        if (!start || !end) {
            return no_offset(topic, partition, (start ? end : start).error().message());
        }
        bounds[static_cast<std::size_t>(partition)] = {.start = *start, .end = *end};
    }
    return bounds;
}

}  // namespace

started<std::vector<partition_bounds>> read_log_bounds(const cluster_access& access,
                                                       const topic_facts& topic,
                                                       std::chrono::milliseconds timeout) {
    std::vector<leader_of_partition> leaders;
    start_questions questions{access, timeout};
    const auto link = questions.to_any_broker();
    if (!link) {
        return std::unexpected{link.error()};
    }
    protocol::metadata_request request;
    request.allow_auto_topic_creation = false;
    request.topics->emplace_back().name = topic.name;
    const auto asked = questions.ask<protocol::metadata_response>(
        **link, request, leader_metadata_versions,
        [&leaders](const auto& response) { leaders = leaders_of(response); });
    if (!asked) {
        return no_offset(topic, 0, asked.error().message());
    }
    return ask_leaders(questions, topic, leaders);
}

}  // namespace bkes::sync
