#pragma once
// The group as its coordinator showed it at one moment: who is there, and who is to own what. Immutable,
// shared between threads.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/fencing/boot_clock.hpp"
#include "sync/membership/member_name.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::sync {

struct assigned_partition {
    std::string topic;
    partition_id partition;

    friend bool operator==(const assigned_partition&, const assigned_partition&) = default;
};

struct group_member_view {
    member_name name;
    std::vector<assigned_partition> partitions{};
    std::string member_id{};  ///< as the coordinator calls it
};

class group_view {
  public:
    /// `is_stable`: the group isn't rebalancing, so what its members are assigned is shown. Else
    /// those of `before` (may be null) that are there still keep what they had.
    group_view(boot_clock::time_point asked_at, std::vector<group_member_view> members,
               bool is_stable, const group_view* before);

    /// By the boot_clock, before the question was sent.
    [[nodiscard]] boot_clock::time_point asked_at() const { return asked_at_; }

    [[nodiscard]] bool is_stable() const { return is_stable_; }

    [[nodiscard]] const std::vector<group_member_view>& members() const { return members_; }

    /// Null: nobody. Lives as long as the view.
    [[nodiscard]] const group_member_view* owner_of(std::string_view topic,
                                                    partition_id partition) const;

    [[nodiscard]] bool has_member(std::string_view instance) const;

  private:
    boot_clock::time_point asked_at_;
    std::vector<group_member_view> members_;
    bool is_stable_;
    /// By topic and partition number; an index into members_ + 1, 0: nobody.
    std::map<std::string, std::vector<std::size_t>, std::less<>> owners_;
};

}  // namespace bkes::sync
