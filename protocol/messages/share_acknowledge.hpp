#pragma once
// ShareAcknowledge (api key 79). Acknowledging records read as a share group (KIP-932).
//
// Versions 1-2 (0 was an early-access version), flexible from the start.
//   2   is_renew_ack, acquisition_lock_timeout_ms (KIP-1222)
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

struct share_acknowledge_request {
    static constexpr message_schema schema{
        .name = "share_acknowledge_request", .key = 79, .versions = {1, 2}, .flexible_since = 0};

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

    std::optional<bytes_view> group_id{};
    std::optional<bytes_view> member_id = bytes_view{};
    std::int32_t share_session_epoch = 0;
    bool is_renew_ack = false;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id, always.nullable());
        f("member_id", m.member_id, always.nullable());
        f("share_session_epoch", m.share_session_epoch);
        f("is_renew_ack", m.is_renew_ack, since(2));
        f("topics", m.topics);
    }
};

struct share_acknowledge_response {
    static constexpr message_schema schema{
        .name = "share_acknowledge_response", .key = 79, .versions = {1, 2}, .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message{};
            share_leader_id_and_epoch current_leader{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("error_message", m.error_message, always.nullable());
                f("current_leader", m.current_leader);
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
        f("acquisition_lock_timeout_ms", m.acquisition_lock_timeout_ms, since(2).ignorable());
        f("responses", m.responses);
        f("node_endpoints", m.node_endpoints);
    }
};

}  // namespace bkes::protocol
