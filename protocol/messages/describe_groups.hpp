#pragma once
// DescribeGroups (api key 15). The members of consumer groups of the classic protocol.
//
// Versions 0-6.
//   1   throttle_time_ms
//   3   authorized operations (KIP-430)
//   4   group_instance_id (KIP-345)
//   5   flexible
//   6   error_message, GROUP_ID_NOT_FOUND (KIP-1043)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_groups_request {
    static constexpr message_schema schema{
        .name = "describe_groups_request", .key = 15, .versions = {0, 6}, .flexible_since = 5};

    std::vector<bytes_view> groups{};
    bool include_authorized_operations = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("groups", m.groups);
        f("include_authorized_operations", m.include_authorized_operations, since(3));
    }
};

struct describe_groups_response {
    static constexpr message_schema schema{
        .name = "describe_groups_response", .key = 15, .versions = {0, 6}, .flexible_since = 5};

    struct group {
        struct member {
            bytes_view member_id{};
            std::optional<bytes_view> group_instance_id{};
            bytes_view client_id{};
            bytes_view client_host{};
            bytes_view member_metadata{};
            bytes_view member_assignment{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("member_id", m.member_id);
                f("group_instance_id", m.group_instance_id, since(4).nullable().ignorable());
                f("client_id", m.client_id);
                f("client_host", m.client_host);
                f.bytes("member_metadata", m.member_metadata);
                f.bytes("member_assignment", m.member_assignment);
            }
        };

        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message{};
        bytes_view group_id{};
        bytes_view group_state{};
        bytes_view protocol_type{};
        bytes_view protocol_data{};
        std::vector<member> members{};
        std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("error_code", m.error_code);
            f("error_message", m.error_message, since(6).nullable());
            f("group_id", m.group_id);
            f("group_state", m.group_state);
            f("protocol_type", m.protocol_type);
            f("protocol_data", m.protocol_data);
            f("members", m.members);
            f("authorized_operations", m.authorized_operations, since(3));
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<group> groups{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, since(1).ignorable());
        f("groups", m.groups);
    }
};

}  // namespace bkes::protocol
