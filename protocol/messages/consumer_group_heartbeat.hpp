#pragma once
// ConsumerGroupHeartbeat (api key 68). Membership of a group of the new protocol (KIP-848).
//
// Versions 0-1, flexible.
//   1   subscribed_topic_regex; the member makes its id (KIP-1082)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct consumer_group_heartbeat_request {
    static constexpr message_schema schema{.name = "consumer_group_heartbeat_request",
                                           .key = 68,
                                           .versions = {0, 1},
                                           .flexible_since = 0};

    struct topic {
        uuid topic_id{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_id", m.topic_id, always.topic());
            f("partitions", m.partitions);
        }
    };

    bytes_view group_id{};
    bytes_view member_id{};
    std::int32_t member_epoch = 0;
    std::optional<bytes_view> instance_id{};
    std::optional<bytes_view> rack_id{};
    std::int32_t rebalance_timeout_ms = -1;
    std::optional<std::vector<bytes_view>> subscribed_topic_names{};
    std::optional<bytes_view> subscribed_topic_regex{};
    std::optional<bytes_view> server_assignor{};
    std::optional<std::vector<topic>> topic_partitions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("member_id", m.member_id);
        f("member_epoch", m.member_epoch);
        f("instance_id", m.instance_id, always.nullable());
        f("rack_id", m.rack_id, always.nullable());
        f("rebalance_timeout_ms", m.rebalance_timeout_ms);
        f("subscribed_topic_names", m.subscribed_topic_names, always.nullable().topic());
        f("subscribed_topic_regex", m.subscribed_topic_regex, since(1).nullable());
        f("server_assignor", m.server_assignor, always.nullable());
        f("topic_partitions", m.topic_partitions, always.nullable());
    }
};

struct consumer_group_assigned_topic {
    uuid topic_id{};
    std::vector<std::int32_t> partitions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topic_id", m.topic_id);
        f("partitions", m.partitions);
    }
};

struct consumer_group_assignment {
    std::vector<consumer_group_assigned_topic> topic_partitions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("topic_partitions", m.topic_partitions); }
};

struct consumer_group_heartbeat_response {
    static constexpr message_schema schema{.name = "consumer_group_heartbeat_response",
                                           .key = 68,
                                           .versions = {0, 1},
                                           .flexible_since = 0};

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::optional<bytes_view> member_id{};
    std::int32_t member_epoch = 0;
    std::int32_t heartbeat_interval_ms = 0;
    std::optional<consumer_group_assignment> assignment{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("member_id", m.member_id, always.nullable());
        f("member_epoch", m.member_epoch);
        f("heartbeat_interval_ms", m.heartbeat_interval_ms);
        f("assignment", m.assignment, always.nullable());
    }
};

}  // namespace bkes::protocol
