#include "sync/broker/leader_tracker.hpp"

namespace bkes::sync {

std::optional<broker_address> leader_tracker::locate() {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(topic_, partition_);
    if (leader == nullptr) {
        view_.refresh();
        return std::nullopt;
    }
    located_ = leader->id;
    epoch_ = snapshot->leader_epoch_of(topic_, partition_);
    return *leader;
}

bool leader_tracker::is_elsewhere() const {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(topic_, partition_);
    if (!located_ || leader == nullptr) {
        return false;
    }
    return leader->id != *located_ || snapshot->leader_epoch_of(topic_, partition_) > epoch_;
}

node_id leader_tracker::now() const {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(topic_, partition_);
    return leader == nullptr ? node_id{-1} : leader->id;
}

}  // namespace bkes::sync
