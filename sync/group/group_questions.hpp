#pragma once
// What the brokers are asked about a consumer group of instances, and what the answer says.

#include "protocol/messages/describe_groups.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/wire/fields.hpp"
#include "sync/membership/group_view.hpp"

#include <string_view>
#include <vector>

namespace bkes::sync {

/// One key a request; from 4 on they are lists.
inline constexpr protocol::version_range group_coordinator_versions{.min = 1, .max = 3};
inline constexpr protocol::version_range describe_groups_versions{.min = 0, .max = 5};

using described_group = protocol::describe_groups_response::group;

/// Any broker can say. The request's views are of `group_id`.
[[nodiscard]] protocol::find_coordinator_request who_coordinates(std::string_view group_id);

/// The coordinator can say.
[[nodiscard]] protocol::describe_groups_request who_is_in(std::string_view group_id);

/// Who isn't an instance of bkes has no business in the group, and is nobody that could be asked.
[[nodiscard]] std::vector<group_member_view> members_of(const described_group& group);

}  // namespace bkes::sync
