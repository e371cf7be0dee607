#include "sync/group/group_questions.hpp"

#include "sync/membership/member_assignment.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace bkes::sync {

protocol::find_coordinator_request who_coordinates(std::string_view group_id) {
    constexpr std::int8_t of_a_group = 0;
    protocol::find_coordinator_request request;
    request.key = group_id;
    request.key_type = of_a_group;
    return request;
}

protocol::describe_groups_request who_is_in(std::string_view group_id) {
    protocol::describe_groups_request request;
    request.groups.emplace_back(group_id);
    return request;
}

std::vector<group_member_view> members_of(const described_group& group) {
    std::vector<group_member_view> members;
    for (const auto& member : group.members) {
        if (auto name = parse_member_name(member.client_id)) {
            members.push_back({.name = *std::move(name),
                               .partitions = read_member_assignment(member.member_assignment),
                               .member_id = std::string{member.member_id}});
        }
    }
    return members;
}

}  // namespace bkes::sync
