#pragma once
// What a member of a consumer group is assigned, as the group shows it: ConsumerProtocolAssignment
// (clients: common/message/ConsumerProtocolAssignment.json).
//
//   version i16, [ topic string, [ partition i32 ] ], user data      and what later versions add

#include "protocol/core/bytes.hpp"
#include "sync/membership/group_view.hpp"

#include <vector>

namespace bkes::sync {

/// From another program, so it may be anything: what can't be read ends it.
[[nodiscard]] std::vector<assigned_partition> read_member_assignment(bytes_view encoded);

}  // namespace bkes::sync
