#pragma once
// The partitions of one guarded topic. Partitions are added while others read the list: readers get
// the list as it is at that moment and keep it for as long as they need it. Any thread; one adds.

#include "protocol/core/ids.hpp"
#include "sync/partition/partition_log.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace bkes::sync {

class partition_list {
  public:
    using logs = std::vector<std::shared_ptr<partition_log>>;  ///< by partition number

    [[nodiscard]] std::shared_ptr<const logs> all() const { return logs_.load(); }

    /// nullptr: not there, or not known yet.
    [[nodiscard]] std::shared_ptr<partition_log> find(partition_id partition) const {
        const auto known = all();
        const auto index = static_cast<std::size_t>(partition.value());
        return partition.value() < 0 || index >= known->size() ? nullptr : (*known)[index];
    }

    void add(std::shared_ptr<partition_log> log) {
        auto more = std::make_shared<logs>(*all());
        more->push_back(std::move(log));
        logs_.store(std::move(more));
    }

  private:
    std::atomic<std::shared_ptr<const logs>> logs_{std::make_shared<const logs>()};
};

}  // namespace bkes::sync
