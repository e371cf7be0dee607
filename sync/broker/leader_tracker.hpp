#pragma once
// Which broker leads one partition, and whether that has changed since it was last looked up.
// Belongs to one thread.

#include "protocol/core/ids.hpp"
#include "sync/broker/cluster_view.hpp"

#include <optional>
#include <string>
#include <utility>

namespace bkes::sync {

class leader_tracker {
  public:
    /// `view` outlives it.
    leader_tracker(cluster_view& view, std::string topic, partition_id partition)
        : view_{view}, topic_{std::move(topic)}, partition_{partition} {}

    /// The leader as the view knows it now. Empty: there is none, newer metadata is asked for.
    std::optional<broker_address> locate();

    /// The partition has got another leader than the one located, or the same for another time.
    [[nodiscard]] bool is_elsewhere() const;

    /// The broker that leads now; -1: none.
    [[nodiscard]] node_id now() const;

    /// The epoch of the one located.
    [[nodiscard]] leader_epoch epoch() const { return epoch_; }

    /// Asks for newer metadata.
    void refresh() { view_.refresh(); }

  private:
    cluster_view& view_;
    std::string topic_;
    partition_id partition_;
    std::optional<node_id> located_;
    leader_epoch epoch_ = unknown_leader_epoch;
};

}  // namespace bkes::sync
