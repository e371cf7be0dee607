#pragma once
// ShareFetch (api key 78). Reading as a share group (KIP-932).
//
// Versions 1-2 (0 was an early-access version), flexible from the start.
//   1   max_records, batch_size, acquisition_lock_timeout_ms
//   2   share_acquire_mode (KIP-1206), is_renew_ack (KIP-1222)
// node_endpoints is an ordinary field here, not a tagged one as in Fetch.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/messages/current_leader.hpp"
#include "protocol/messages/node_endpoint.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct share_fetch_request {
    static constexpr message_schema schema{
        .name = "share_fetch_request", .key = 78, .versions = {1, 2}, .flexible_since = 0};

    struct topic {
        struct partition {
            struct acknowledgement_batch {
                std::int64_t first_offset = 0;
                std::int64_t last_offset = 0;
                std::vector<std::int8_t> acknowledge_types{};
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("first_offset", m.first_offset);
                    f("last_offset", m.last_offset);
                    f("acknowledge_types", m.acknowledge_types);
                }
            };

            std::int32_t partition_index = 0;
            std::vector<acknowledgement_batch> acknowledgement_batches{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("acknowledgement_batches", m.acknowledgement_batches);
            }
        };

        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_id", m.topic_id, always.topic());
            f("partitions", m.partitions);
        }
    };

    struct forgotten_topic {
        uuid topic_id{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_id", m.topic_id, always.topic());
            f("partitions", m.partitions);
        }
    };

    std::optional<bytes_view> group_id{};
    std::optional<bytes_view> member_id = bytes_view{};
    std::int32_t share_session_epoch = 0;
    std::int32_t max_wait_ms = 0;
    std::int32_t min_bytes = 0;
    std::int32_t max_bytes = 0x7fffffff;
    std::int32_t max_records = 0;
    std::int32_t batch_size = 0;
    std::int8_t share_acquire_mode = 0;
    bool is_renew_ack = false;
    std::vector<topic> topics{};
    std::vector<forgotten_topic> forgotten_topics_data{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id, always.nullable());
        f("member_id", m.member_id, always.nullable());
        f("share_session_epoch", m.share_session_epoch);
        f("max_wait_ms", m.max_wait_ms);
        f("min_bytes", m.min_bytes);
        f("max_bytes", m.max_bytes);
        f("max_records", m.max_records);
        f("batch_size", m.batch_size);
        f("share_acquire_mode", m.share_acquire_mode, since(2).ignorable());
        f("is_renew_ack", m.is_renew_ack, since(2));
        f("topics", m.topics);
        f("forgotten_topics_data", m.forgotten_topics_data);
    }
};

struct share_fetch_response {
    static constexpr message_schema schema{
        .name = "share_fetch_response", .key = 78, .versions = {1, 2}, .flexible_since = 0};

    struct topic {
        struct partition {
            struct acquired_range {
                std::int64_t first_offset = 0;
                std::int64_t last_offset = 0;
                std::int16_t delivery_count = 0;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("first_offset", m.first_offset);
                    f("last_offset", m.last_offset);
                    f("delivery_count", m.delivery_count);
                }
            };

            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message{};
            std::int16_t acknowledge_error_code = 0;
            std::optional<bytes_view> acknowledge_error_message{};
            share_leader_id_and_epoch current_leader{};
            bytes_view records{};
            std::vector<acquired_range> acquired_records{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("error_message", m.error_message, always.nullable());
                f("acknowledge_error_code", m.acknowledge_error_code);
                f("acknowledge_error_message", m.acknowledge_error_message, always.nullable());
                f("current_leader", m.current_leader);
                f.records("records", m.records);
                f("acquired_records", m.acquired_records);
            }
        };

        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_id", m.topic_id);
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::int32_t acquisition_lock_timeout_ms = 0;
    std::vector<topic> responses{};
    std::vector<node_endpoint> node_endpoints{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("acquisition_lock_timeout_ms", m.acquisition_lock_timeout_ms);
        f("responses", m.responses);
        f("node_endpoints", m.node_endpoints);
    }
};

}  // namespace bkes::protocol
