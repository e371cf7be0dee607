#pragma once
// What a key topic gets in an answer. Kafka's messages have different words for the same things
// (`name` and `topic_name`, `partition_index` and `partition_id`): the small functions here know
// them all, so that an API costs the names of its two lists (refuse_key_topics.hpp).

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "proxy/handlers/error_map.hpp"

#include <concepts>
#include <cstdint>
#include <optional>

namespace bkes::proxy {

inline constexpr bytes_view key_topic_refused =
    "bkes: this name belongs to a key topic, which can only be read";

inline bytes_view name_of(bytes_view topic) {
    return topic;
}

template <class Topic>
std::optional<bytes_view> name_of(const Topic& topic) {
    if constexpr (requires { topic.topic_name; }) {
        return topic.topic_name;
    } else if constexpr (requires { topic.name; }) {
        return topic.name;
    } else {
        return std::nullopt;  // ShareFetch, ShareAcknowledge: the id alone
    }
}

template <class Topic>
uuid id_of(const Topic& topic) {
    if constexpr (requires { topic.topic_id; }) {
        return topic.topic_id;
    } else {
        return {};
    }
}

template <class Topic>
auto& partitions_of(Topic& topic) {
    if constexpr (requires { topic.partition_indexes; }) {
        return topic.partition_indexes;
    } else if constexpr (requires { topic.partition_result; }) {
        return topic.partition_result;
    } else if constexpr (requires { topic.results_by_partition; }) {
        return topic.results_by_partition;
    } else {
        return topic.partitions;
    }
}

template <class Partition>
auto& index_of(Partition& partition) {
    if constexpr (std::integral<Partition>) {
        return partition;
    } else if constexpr (requires { partition.partition_id; }) {
        return partition.partition_id;
    } else {
        return partition.partition_index;
    }
}

/// Of a topic or a partition, in a response.
template <class Answer>
void fail_with(Answer& answer, std::int16_t code) {
    if constexpr (requires { answer.partition_error_code; }) {
        answer.partition_error_code = code;
    } else {
        answer.error_code = code;
    }
    if constexpr (requires { answer.error_message; }) {
        answer.error_message = key_topic_refused;
    }
    if constexpr (requires { answer.acknowledge_error_code; }) {
        answer.acknowledge_error_code = code;
    }
}

/// A code for the topic as a whole.
inline constexpr auto as_a_topic = [](const auto&, auto& answer, std::int16_t code) {
    fail_with(answer, code);
};

/// A code for each of its partitions.
inline constexpr auto by_partition = [](const auto& topic, auto& answer, std::int16_t code) {
    for (const auto& partition : partitions_of(topic)) {
        auto& refused = partitions_of(answer).emplace_back();
        index_of(refused) = index_of(partition);
        fail_with(refused, code);
    }
};

/// The same with another code than that of the name.
constexpr auto by_partition_with(protocol::kafka_error error) {
    return [error](const auto& topic, auto& answer, std::int16_t) {
        by_partition(topic, answer, code_of(error));
    };
}

template <class Topic, class Answer>
void name_alike(const Topic& topic, Answer& answer) {
    if constexpr (requires { answer.topic_name; }) {
        answer.topic_name = *name_of(topic);
    } else if constexpr (requires { answer.name = name_of(topic); }) {
        answer.name = name_of(topic);
    } else if constexpr (requires { answer.name; }) {
        answer.name = *name_of(topic);
    }
    if constexpr (requires { answer.topic_id; }) {
        answer.topic_id = id_of(topic);
    }
}

}  // namespace bkes::proxy
