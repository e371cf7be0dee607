#pragma once
// Fetch (api key 1). Reading from partitions.
//
// Versions 4-18.
//   4   isolation_level, aborted_transactions (KIP-98)
//   5   log_start_offset (KIP-107)
//   7   fetch sessions, forgotten_topics_data, top-level error_code (KIP-227)
//   9   current_leader_epoch (KIP-320)
//   10  zstd (KIP-110)
//   11  rack_id, preferred_read_replica (KIP-392)
//   12  flexible; last_fetched_epoch, diverging_epoch (KIP-595)
//   13  topic_id instead of the name (KIP-516)
//   15  replica_state instead of replica_id (KIP-903)
//   16  node_endpoints (KIP-951)
//   17  replica_directory_id (KIP-853)
//   18  high_watermark of the follower (KIP-1166)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/messages/current_leader.hpp"
#include "protocol/messages/node_endpoint.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct fetch_request {
    static constexpr message_schema schema{
        .name = "fetch_request", .key = 1, .versions = {4, 18}, .flexible_since = 12};

    struct replica {
        std::int32_t replica_id = -1;
        std::int64_t replica_epoch = -1;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("replica_id", m.replica_id);
            f("replica_epoch", m.replica_epoch);
        }
    };

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int32_t current_leader_epoch = -1;
            std::int64_t fetch_offset = 0;
            std::int32_t last_fetched_epoch = -1;
            std::int64_t log_start_offset = -1;
            std::int32_t partition_max_bytes = 0;
            uuid replica_directory_id{};
            std::int64_t high_watermark = std::numeric_limits<std::int64_t>::max();
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition", m.partition_index);
                f("current_leader_epoch", m.current_leader_epoch, since(9).ignorable());
                f("fetch_offset", m.fetch_offset);
                f("last_fetched_epoch", m.last_fetched_epoch, since(12));
                f("log_start_offset", m.log_start_offset, since(5).ignorable());
                f("partition_max_bytes", m.partition_max_bytes);
                f.tag(0, "replica_directory_id", m.replica_directory_id, since(17).ignorable());
                f.tag(1, "high_watermark", m.high_watermark, since(18).ignorable());
            }
        };

        bytes_view name{};
        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name, until(12).ignorable().topic());
            f("topic_id", m.topic_id, since(13).ignorable().topic());
            f("partitions", m.partitions);
        }
    };

    struct forgotten_topic {
        bytes_view name{};
        uuid topic_id{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name, until(12).ignorable().topic());
            f("topic_id", m.topic_id, since(13).ignorable().topic());
            f("partitions", m.partitions);
        }
    };

    std::optional<bytes_view> cluster_id{};
    std::int32_t replica_id = -1;
    replica replica_state{};
    std::int32_t max_wait_ms = 0;
    std::int32_t min_bytes = 0;
    std::int32_t max_bytes = 0x7fffffff;
    std::int8_t isolation_level = 0;
    std::int32_t session_id = 0;
    std::int32_t session_epoch = -1;
    std::vector<topic> topics{};
    std::vector<forgotten_topic> forgotten_topics_data{};
    bytes_view rack_id{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f.tag(0, "cluster_id", m.cluster_id, since(12).nullable().ignorable());
        f("replica_id", m.replica_id, until(14));
        f.tag(1, "replica_state", m.replica_state, since(15));
        f("max_wait_ms", m.max_wait_ms);
        f("min_bytes", m.min_bytes);
        f("max_bytes", m.max_bytes, always.ignorable());
        f("isolation_level", m.isolation_level, always.ignorable());
        f("session_id", m.session_id, since(7).ignorable());
        f("session_epoch", m.session_epoch, since(7).ignorable());
        f("topics", m.topics);
        f("forgotten_topics_data", m.forgotten_topics_data, since(7));
        f("rack_id", m.rack_id, since(11).ignorable());
    }
};

struct fetch_response {
    static constexpr message_schema schema{
        .name = "fetch_response", .key = 1, .versions = {4, 18}, .flexible_since = 12};

    struct topic {
        struct partition {
            struct epoch_end_offset {
                std::int32_t epoch = -1;
                std::int64_t end_offset = -1;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("epoch", m.epoch);
                    f("end_offset", m.end_offset);
                }
            };

            struct snapshot {
                std::int64_t end_offset = -1;
                std::int32_t epoch = -1;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("end_offset", m.end_offset);
                    f("epoch", m.epoch);
                }
            };

            struct aborted_transaction {
                std::int64_t producer_id = 0;
                std::int64_t first_offset = 0;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("producer_id", m.producer_id);
                    f("first_offset", m.first_offset);
                }
            };

            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::int64_t high_watermark = 0;
            std::int64_t last_stable_offset = -1;
            std::int64_t log_start_offset = -1;
            epoch_end_offset diverging_epoch{};
            leader_id_and_epoch current_leader{};
            snapshot snapshot_id{};
            std::optional<std::vector<aborted_transaction>> aborted_transactions =
                std::vector<aborted_transaction>{};
            std::int32_t preferred_read_replica = -1;
            std::optional<bytes_view> records{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("high_watermark", m.high_watermark);
                f("last_stable_offset", m.last_stable_offset, always.ignorable());
                f("log_start_offset", m.log_start_offset, since(5).ignorable());
                f.tag(0, "diverging_epoch", m.diverging_epoch, since(12));
                f.tag(1, "current_leader", m.current_leader, since(12));
                f.tag(2, "snapshot_id", m.snapshot_id, since(12));
                f("aborted_transactions", m.aborted_transactions, always.nullable().ignorable());
                f("preferred_read_replica", m.preferred_read_replica, since(11));
                f.records("records", m.records, always.nullable());
            }
        };

        bytes_view name{};
        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name, until(12).ignorable());
            f("topic_id", m.topic_id, since(13).ignorable());
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::int32_t session_id = 0;
    std::vector<topic> responses{};
    std::vector<node_endpoint> node_endpoints{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("error_code", m.error_code, since(7).ignorable());
        f("session_id", m.session_id, since(7));
        f("responses", m.responses);
        f.tag(0, "node_endpoints", m.node_endpoints, since(16));
    }
};

}  // namespace bkes::protocol
