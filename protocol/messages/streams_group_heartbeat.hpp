#pragma once
// StreamsGroupHeartbeat (api key 88). Membership of a group of Kafka Streams (KIP-1071).
//
// Version 0, flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct streams_key_value {
    bytes_view key{};
    bytes_view value{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("key", m.key);
        f("value", m.value);
    }
};

struct streams_topic_info {
    bytes_view name{};
    std::int32_t partitions = 0;
    std::int16_t replication_factor = 0;
    std::vector<streams_key_value> topic_configs{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("name", m.name, always.topic());
        f("partitions", m.partitions);
        f("replication_factor", m.replication_factor);
        f("topic_configs", m.topic_configs);
    }
};

struct streams_endpoint {
    bytes_view host{};
    std::uint16_t port = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("host", m.host);
        f("port", m.port);
    }
};

struct streams_topology {
    struct subtopology {
        struct copartition_group {
            std::vector<std::int16_t> source_topics{};
            std::vector<std::int16_t> source_topic_regex{};
            std::vector<std::int16_t> repartition_source_topics{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("source_topics", m.source_topics);
                f("source_topic_regex", m.source_topic_regex);
                f("repartition_source_topics", m.repartition_source_topics);
            }
        };

        bytes_view subtopology_id{};
        std::vector<bytes_view> source_topics{};
        std::vector<bytes_view> source_topic_regex{};
        std::vector<streams_topic_info> state_changelog_topics{};
        std::vector<bytes_view> repartition_sink_topics{};
        std::vector<streams_topic_info> repartition_source_topics{};
        std::vector<copartition_group> copartition_groups{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("subtopology_id", m.subtopology_id);
            f("source_topics", m.source_topics, always.topic());
            f("source_topic_regex", m.source_topic_regex);
            f("state_changelog_topics", m.state_changelog_topics);
            f("repartition_sink_topics", m.repartition_sink_topics, always.topic());
            f("repartition_source_topics", m.repartition_source_topics);
            f("copartition_groups", m.copartition_groups);
        }
    };

    std::int32_t epoch = 0;
    std::vector<subtopology> subtopologies{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("epoch", m.epoch);
        f("subtopologies", m.subtopologies);
    }
};

struct streams_group_heartbeat_request {
    static constexpr message_schema schema{.name = "streams_group_heartbeat_request",
                                           .key = 88,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct task_offset {
        bytes_view subtopology_id{};
        std::int32_t partition = 0;
        std::int64_t offset = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("subtopology_id", m.subtopology_id);
            f("partition", m.partition);
            f("offset", m.offset);
        }
    };

    struct task_ids {
        bytes_view subtopology_id{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("subtopology_id", m.subtopology_id);
            f("partitions", m.partitions);
        }
    };

    bytes_view group_id{};
    bytes_view member_id{};
    std::int32_t member_epoch = 0;
    std::int32_t endpoint_information_epoch = 0;
    std::optional<bytes_view> instance_id{};
    std::optional<bytes_view> rack_id{};
    std::int32_t rebalance_timeout_ms = -1;
    std::optional<streams_topology> topology{};
    std::optional<std::vector<task_ids>> active_tasks{};
    std::optional<std::vector<task_ids>> standby_tasks{};
    std::optional<std::vector<task_ids>> warmup_tasks{};
    std::optional<bytes_view> process_id{};
    std::optional<streams_endpoint> user_endpoint{};
    std::optional<std::vector<streams_key_value>> client_tags{};
    std::optional<std::vector<task_offset>> task_offsets{};
    std::optional<std::vector<task_offset>> task_end_offsets{};
    bool shutdown_application = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("member_id", m.member_id);
        f("member_epoch", m.member_epoch);
        f("endpoint_information_epoch", m.endpoint_information_epoch);
        f("instance_id", m.instance_id, always.nullable());
        f("rack_id", m.rack_id, always.nullable());
        f("rebalance_timeout_ms", m.rebalance_timeout_ms);
        f("topology", m.topology, always.nullable());
        f("active_tasks", m.active_tasks, always.nullable());
        f("standby_tasks", m.standby_tasks, always.nullable());
        f("warmup_tasks", m.warmup_tasks, always.nullable());
        f("process_id", m.process_id, always.nullable());
        f("user_endpoint", m.user_endpoint, always.nullable());
        f("client_tags", m.client_tags, always.nullable());
        f("task_offsets", m.task_offsets, always.nullable());
        f("task_end_offsets", m.task_end_offsets, always.nullable());
        f("shutdown_application", m.shutdown_application);
    }
};

struct streams_group_heartbeat_response {
    static constexpr message_schema schema{.name = "streams_group_heartbeat_response",
                                           .key = 88,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct group_status {
        std::int8_t status_code = 0;
        bytes_view status_detail{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("status_code", m.status_code);
            f("status_detail", m.status_detail);
        }
    };

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name);
            f("partitions", m.partitions);
        }
    };

    struct task_ids {
        bytes_view subtopology_id{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("subtopology_id", m.subtopology_id);
            f("partitions", m.partitions);
        }
    };

    struct endpoint_partitions {
        streams_endpoint user_endpoint{};
        std::vector<topic> active_partitions{};
        std::vector<topic> standby_partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("user_endpoint", m.user_endpoint);
            f("active_partitions", m.active_partitions);
            f("standby_partitions", m.standby_partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    bytes_view member_id{};
    std::int32_t member_epoch = 0;
    std::int32_t heartbeat_interval_ms = 0;
    std::int32_t acceptable_recovery_lag = 0;
    std::int32_t task_offset_interval_ms = 0;
    std::optional<std::vector<group_status>> status = std::vector<group_status>{};
    std::optional<std::vector<task_ids>> active_tasks{};
    std::optional<std::vector<task_ids>> standby_tasks{};
    std::optional<std::vector<task_ids>> warmup_tasks{};
    std::int32_t endpoint_information_epoch = 0;
    std::optional<std::vector<endpoint_partitions>> partitions_by_user_endpoint{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("member_id", m.member_id);
        f("member_epoch", m.member_epoch);
        f("heartbeat_interval_ms", m.heartbeat_interval_ms);
        f("acceptable_recovery_lag", m.acceptable_recovery_lag);
        f("task_offset_interval_ms", m.task_offset_interval_ms);
        f("status", m.status, always.nullable());
        f("active_tasks", m.active_tasks, always.nullable());
        f("standby_tasks", m.standby_tasks, always.nullable());
        f("warmup_tasks", m.warmup_tasks, always.nullable());
        f("endpoint_information_epoch", m.endpoint_information_epoch);
        f("partitions_by_user_endpoint", m.partitions_by_user_endpoint, always.nullable());
    }
};

}  // namespace bkes::protocol
