#pragma once
// DescribeTopicPartitions (api key 75). Topics and partitions page by page (KIP-966).
//
// Version 0, flexible. Carries node ids, no addresses.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bkes::protocol {

/// Where the next page starts. Outside of the messages, as an optional of a nested struct can't be
/// made before the enclosing one is complete.
struct topic_page_cursor {
    bytes_view topic_name{};
    std::int32_t partition_index = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topic_name", m.topic_name);
        f("partition_index", m.partition_index);
    }
};

/// The same in a request.
struct asked_topic_page_cursor {
    bytes_view topic_name{};
    std::int32_t partition_index = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topic_name", m.topic_name, always.topic());
        f("partition_index", m.partition_index);
    }
};

struct describe_topic_partitions_request {
    static constexpr message_schema schema{.name = "describe_topic_partitions_request",
                                           .key = 75,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        bytes_view name{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) { f("name", m.name, always.topic()); }
    };

    std::vector<topic> topics{};
    std::int32_t response_partition_limit = 2000;
    std::optional<asked_topic_page_cursor> cursor{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topics", m.topics);
        f("response_partition_limit", m.response_partition_limit);
        f("cursor", m.cursor, always.nullable());
    }
};

struct describe_topic_partitions_response {
    static constexpr message_schema schema{.name = "describe_topic_partitions_response",
                                           .key = 75,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        struct partition {
            std::int16_t error_code = 0;
            std::int32_t partition_index = 0;
            std::int32_t leader_id = 0;
            std::int32_t leader_epoch = -1;
            std::vector<std::int32_t> replica_nodes{};
            std::vector<std::int32_t> isr_nodes{};
            std::optional<std::vector<std::int32_t>> eligible_leader_replicas{};
            std::optional<std::vector<std::int32_t>> last_known_elr{};
            std::vector<std::int32_t> offline_replicas{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("error_code", m.error_code);
                f("partition_index", m.partition_index);
                f("leader_id", m.leader_id);
                f("leader_epoch", m.leader_epoch, always.ignorable());
                f("replica_nodes", m.replica_nodes);
                f("isr_nodes", m.isr_nodes);
                f("eligible_leader_replicas", m.eligible_leader_replicas, always.nullable());
                f("last_known_elr", m.last_known_elr, always.nullable());
                f("offline_replicas", m.offline_replicas, always.ignorable());
            }
        };

        std::int16_t error_code = 0;
        std::optional<bytes_view> name = bytes_view{};
        uuid topic_id{};
        bool is_internal = false;
        std::vector<partition> partitions{};
        std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("error_code", m.error_code);
            f("name", m.name, always.nullable());
            f("topic_id", m.topic_id, always.ignorable());
            f("is_internal", m.is_internal, always.ignorable());
            f("partitions", m.partitions);
            f("topic_authorized_operations", m.topic_authorized_operations);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    std::optional<topic_page_cursor> next_cursor{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("topics", m.topics);
        f("next_cursor", m.next_cursor, always.nullable());
    }
};

}  // namespace bkes::protocol
