#pragma once
// Metadata (api key 3). Brokers, topics, partitions and their leaders.
//
// Versions 0-13.
//   1   null topics = all, empty = none (in 0 empty = all); rack, controller, is_internal
//   2   cluster_id
//   3   throttle_time_ms
//   4   allow_auto_topic_creation
//   5   offline_replicas (KIP-112)
//   7   leader_epoch (KIP-320)
//   8   authorized operations (KIP-430); those of the cluster until 10
//   9   flexible
//   10  topic_id in both directions; 12 lets a client ask by id, with name null (KIP-516)
//   13  error_code of the whole answer (KIP-1102)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct metadata_request {
    static constexpr message_schema schema{
        .name = "metadata_request", .key = 3, .versions = {0, 13}, .flexible_since = 9};

    struct topic {
        uuid topic_id{};
        std::optional<bytes_view> name = bytes_view{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_id", m.topic_id, since(10).ignorable().topic());
            f("name", m.name, always.nullable(10).topic());
        }
    };

    std::optional<std::vector<topic>> topics = std::vector<topic>{};
    bool allow_auto_topic_creation = true;
    bool include_cluster_authorized_operations = false;
    bool include_topic_authorized_operations = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topics", m.topics, always.nullable(1));
        f("allow_auto_topic_creation", m.allow_auto_topic_creation, since(4));
        f("include_cluster_authorized_operations", m.include_cluster_authorized_operations,
          between(8, 10));
        f("include_topic_authorized_operations", m.include_topic_authorized_operations, since(8));
    }
};

struct metadata_response {
    static constexpr message_schema schema{
        .name = "metadata_response", .key = 3, .versions = {0, 13}, .flexible_since = 9};

    struct broker {
        std::int32_t node_id = 0;
        bytes_view host{};
        std::int32_t port = 0;
        std::optional<bytes_view> rack{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("node_id", m.node_id);
            f("host", m.host);
            f("port", m.port);
            f("rack", m.rack, since(1).nullable().ignorable());
        }
    };

    struct topic {
        struct partition {
            std::int16_t error_code = 0;
            std::int32_t partition_index = 0;
            std::int32_t leader_id = 0;
            std::int32_t leader_epoch = -1;
            std::vector<std::int32_t> replica_nodes{};
            std::vector<std::int32_t> isr_nodes{};
            std::vector<std::int32_t> offline_replicas{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("error_code", m.error_code);
                f("partition_index", m.partition_index);
                f("leader_id", m.leader_id);
                f("leader_epoch", m.leader_epoch, since(7).ignorable());
                f("replica_nodes", m.replica_nodes);
                f("isr_nodes", m.isr_nodes);
                f("offline_replicas", m.offline_replicas, since(5).ignorable());
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
            f("name", m.name, always.nullable(12));
            f("topic_id", m.topic_id, since(10).ignorable());
            f("is_internal", m.is_internal, since(1).ignorable());
            f("partitions", m.partitions);
            f("topic_authorized_operations", m.topic_authorized_operations, since(8));
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<broker> brokers{};
    std::optional<bytes_view> cluster_id{};
    std::int32_t controller_id = -1;
    std::vector<topic> topics{};
    std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
    std::int16_t error_code = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, since(3).ignorable());
        f("brokers", m.brokers);
        f("cluster_id", m.cluster_id, since(2).nullable().ignorable());
        f("controller_id", m.controller_id, since(1).ignorable());
        f("topics", m.topics);
        f("cluster_authorized_operations", m.cluster_authorized_operations, between(8, 10));
        f("error_code", m.error_code, since(13).ignorable());
    }
};

}  // namespace bkes::protocol
