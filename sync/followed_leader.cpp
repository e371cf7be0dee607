#include "sync/followed_leader.hpp"

namespace bkes::sync {

namespace {

leader_epoch epoch_in(const cluster_snapshot& snapshot, bytes_view topic, partition_id partition) {
    return snapshot.topic(topic)->partitions[static_cast<std::size_t>(partition.value())].epoch;
}

}  // namespace

std::optional<broker_address> followed_leader::locate() {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(topic_, partition_);
    if (leader == nullptr) {
        view_.refresh();
        return std::nullopt;
    }
    located_ = leader->id;
    epoch_ = epoch_in(*snapshot, topic_, partition_);
    return *leader;
}

bool followed_leader::is_elsewhere() const {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(topic_, partition_);
    if (!located_ || leader == nullptr) {
        return false;
    }
    return leader->id != *located_ || epoch_in(*snapshot, topic_, partition_) > epoch_;
}

}  // namespace bkes::sync
