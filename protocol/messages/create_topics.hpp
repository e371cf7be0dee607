#pragma once
// CreateTopics (api key 19). Creating topics.
//
// Versions 2-7.
//   4   -1 as num_partitions and replication_factor: the broker's default (KIP-464)
//   5   flexible; the created topic's partitions and configuration in the answer (KIP-525)
//   6   THROTTLING_QUOTA_EXCEEDED (KIP-599)
//   7   topic_id in the answer (KIP-516)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct create_topics_request {
    static constexpr message_schema schema{
        .name = "create_topics_request", .key = 19, .versions = {2, 7}, .flexible_since = 5};

    struct topic {
        struct assignment {
            std::int32_t partition_index = 0;
            std::vector<std::int32_t> broker_ids{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("broker_ids", m.broker_ids);
            }
        };

        struct config {
            bytes_view name{};
            std::optional<bytes_view> value = bytes_view{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name);
                f("value", m.value, always.nullable());
            }
        };

        bytes_view name{};
        std::int32_t num_partitions = 0;
        std::int16_t replication_factor = 0;
        std::vector<assignment> assignments{};
        std::vector<config> configs{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("num_partitions", m.num_partitions);
            f("replication_factor", m.replication_factor);
            f("assignments", m.assignments);
            f("configs", m.configs);
        }
    };

    std::vector<topic> topics{};
    std::int32_t timeout_ms = 60000;
    bool validate_only = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topics", m.topics);
        f("timeout_ms", m.timeout_ms);
        f("validate_only", m.validate_only);
    }
};

struct create_topics_response {
    static constexpr message_schema schema{
        .name = "create_topics_response", .key = 19, .versions = {2, 7}, .flexible_since = 5};

    struct topic {
        struct config {
            bytes_view name{};
            std::optional<bytes_view> value = bytes_view{};
            bool read_only = false;
            std::int8_t config_source = -1;
            bool is_sensitive = false;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name);
                f("value", m.value, always.nullable());
                f("read_only", m.read_only);
                f("config_source", m.config_source, always.ignorable());
                f("is_sensitive", m.is_sensitive);
            }
        };

        bytes_view name{};
        uuid topic_id{};
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message = bytes_view{};
        std::int16_t topic_config_error_code = 0;
        std::int32_t num_partitions = -1;
        std::int16_t replication_factor = -1;
        std::optional<std::vector<config>> configs = std::vector<config>{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("topic_id", m.topic_id, since(7).ignorable());
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable().ignorable());
            f.tag(0, "topic_config_error_code", m.topic_config_error_code, since(5).ignorable());
            f("num_partitions", m.num_partitions, since(5).ignorable());
            f("replication_factor", m.replication_factor, since(5).ignorable());
            f("configs", m.configs, since(5).nullable().ignorable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
