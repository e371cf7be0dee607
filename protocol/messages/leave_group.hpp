#pragma once
// LeaveGroup (api key 13). Members leave a consumer group of the classic protocol, or are made to.
//
// Versions 0-5.
//   1   throttle_time_ms
//   3   several members at once (KIP-345)
//   4   flexible
//   5   a reason (KIP-800)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct leave_group_request {
    static constexpr message_schema schema{
        .name = "leave_group_request", .key = 13, .versions = {0, 5}, .flexible_since = 4};

    struct member {
        bytes_view member_id{};
        std::optional<bytes_view> group_instance_id{};
        std::optional<bytes_view> reason{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("member_id", m.member_id);
            f("group_instance_id", m.group_instance_id, always.nullable());
            f("reason", m.reason, since(5).nullable().ignorable());
        }
    };

    bytes_view group_id{};
    bytes_view member_id{};
    std::vector<member> members{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("member_id", m.member_id, until(2));
        f("members", m.members, since(3));
    }
};

struct leave_group_response {
    static constexpr message_schema schema{
        .name = "leave_group_response", .key = 13, .versions = {0, 5}, .flexible_since = 4};

    struct member {
        bytes_view member_id{};
        std::optional<bytes_view> group_instance_id = bytes_view{};
        std::int16_t error_code = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("member_id", m.member_id);
            f("group_instance_id", m.group_instance_id, always.nullable());
            f("error_code", m.error_code);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::vector<member> members{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, since(1).ignorable());
        f("error_code", m.error_code);
        f("members", m.members, since(3));
    }
};

}  // namespace bkes::protocol
