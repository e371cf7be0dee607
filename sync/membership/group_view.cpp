#include "sync/membership/group_view.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

/// More than any topic has; an assignment comes from another program.
constexpr std::int32_t partition_max = 1'000'000;

}  // namespace

group_view::group_view(boot_clock::time_point asked_at, std::vector<group_member_view> members,
                       bool is_stable, const group_view* before)
    : asked_at_{asked_at}, members_{std::move(members)}, is_stable_{is_stable} {
    for (std::size_t index = 0; index < members_.size(); ++index) {
        auto& member = members_[index];
        if (!is_stable && before != nullptr) {
            const auto same =
                std::ranges::find(before->members_, member.name, &group_member_view::name);
            if (same != before->members_.end()) {
                member.partitions = same->partitions;
            }
        }
        for (const auto& [topic, partition] : member.partitions) {
            if (partition.value() < 0 || partition.value() > partition_max) {
                continue;
            }
            auto& owners = owners_[topic];
            const auto number = static_cast<std::size_t>(partition.value());
            owners.resize(std::max(owners.size(), number + 1));
            owners[number] = index + 1;
        }
    }
}

const group_member_view* group_view::owner_of(std::string_view topic,
                                              partition_id partition) const {
    const auto found = owners_.find(topic);
    const auto number = static_cast<std::size_t>(partition.value());
    if (found == owners_.end() || partition.value() < 0 || number >= found->second.size() ||
        found->second[number] == 0) {
        return nullptr;
    }
    return &members_[found->second[number] - 1];
}

bool group_view::has_member(std::string_view instance) const {
    return std::ranges::any_of(members_, [instance](const group_member_view& member) {
        return member.name.instance == instance;
    });
}

}  // namespace bkes::sync
