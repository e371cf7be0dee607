#pragma once
// ShareGroupHeartbeat (api key 76). Membership of a share group (KIP-932).
//
// Version 1 (0 was an early-access version), flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct share_group_heartbeat_request {
    static constexpr message_schema schema{.name = "share_group_heartbeat_request",
                                           .key = 76,
                                           .versions = {1, 1},
                                           .flexible_since = 0};

    bytes_view group_id{};
    bytes_view member_id{};
    std::int32_t member_epoch = 0;
    std::optional<bytes_view> rack_id{};
    std::optional<std::vector<bytes_view>> subscribed_topic_names{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("member_id", m.member_id);
        f("member_epoch", m.member_epoch);
        f("rack_id", m.rack_id, always.nullable());
        f("subscribed_topic_names", m.subscribed_topic_names, always.nullable().topic());
    }
};

struct share_group_assigned_topic {
    uuid topic_id{};
    std::vector<std::int32_t> partitions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topic_id", m.topic_id);
        f("partitions", m.partitions);
    }
};

struct share_group_assignment {
    std::vector<share_group_assigned_topic> topic_partitions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("topic_partitions", m.topic_partitions); }
};

struct share_group_heartbeat_response {
    static constexpr message_schema schema{.name = "share_group_heartbeat_response",
                                           .key = 76,
                                           .versions = {1, 1},
                                           .flexible_since = 0};

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::optional<bytes_view> member_id{};
    std::int32_t member_epoch = 0;
    std::int32_t heartbeat_interval_ms = 0;
    std::optional<share_group_assignment> assignment{};
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
