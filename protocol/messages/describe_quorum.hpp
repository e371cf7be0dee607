#pragma once
// DescribeQuorum (api key 55). The controllers' log and who follows it (KIP-595).
//
// Versions 0-2, flexible. Offered up to 1: 2 names addresses (protocol/api_table.cpp).
//   1   times of the replicas (KIP-836)
//   2   error_message, nodes, replica_directory_id (KIP-853)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_quorum_request {
    static constexpr message_schema schema{
        .name = "describe_quorum_request", .key = 55, .versions = {0, 2}, .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
            }
        };

        bytes_view topic_name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name, always.topic());
            f("partitions", m.partitions);
        }
    };

    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("topics", m.topics); }
};

struct describe_quorum_response {
    static constexpr message_schema schema{
        .name = "describe_quorum_response", .key = 55, .versions = {0, 2}, .flexible_since = 0};

    struct replica_state {
        std::int32_t replica_id = 0;
        uuid replica_directory_id{};
        std::int64_t log_end_offset = 0;
        std::int64_t last_fetch_timestamp = -1;
        std::int64_t last_caught_up_timestamp = -1;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("replica_id", m.replica_id);
            f("replica_directory_id", m.replica_directory_id, since(2));
            f("log_end_offset", m.log_end_offset);
            f("last_fetch_timestamp", m.last_fetch_timestamp, since(1).ignorable());
            f("last_caught_up_timestamp", m.last_caught_up_timestamp, since(1).ignorable());
        }
    };

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message = bytes_view{};
            std::int32_t leader_id = 0;
            std::int32_t leader_epoch = 0;
            std::int64_t high_watermark = 0;
            std::vector<replica_state> current_voters{};
            std::vector<replica_state> observers{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("error_message", m.error_message, since(2).nullable().ignorable());
                f("leader_id", m.leader_id);
                f("leader_epoch", m.leader_epoch);
                f("high_watermark", m.high_watermark);
                f("current_voters", m.current_voters);
                f("observers", m.observers);
            }
        };

        bytes_view topic_name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name);
            f("partitions", m.partitions);
        }
    };

    struct node {
        struct listener {
            bytes_view name{};
            bytes_view host{};
            std::uint16_t port = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name, since(2));
                f("host", m.host, since(2));
                f("port", m.port, since(2));
            }
        };

        std::int32_t node_id = 0;
        std::vector<listener> listeners{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("node_id", m.node_id, since(2));
            f("listeners", m.listeners, since(2));
        }
    };

    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message = bytes_view{};
    std::vector<topic> topics{};
    std::vector<node> nodes{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("error_code", m.error_code);
        f("error_message", m.error_message, since(2).nullable().ignorable());
        f("topics", m.topics);
        f("nodes", m.nodes, since(2));
    }
};

}  // namespace bkes::protocol
