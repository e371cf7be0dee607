#pragma once
// What clients produce to guarded topics, counted in their producer quotas. The brokers can't do that:
// these bytes come to them from bkes (docs/decisions/quotas.md).
//
// Any thread. Where nobody has a quota it costs an atomic load; else a lock, for as long as a quota is
// looked up and a number added.

#include "sync/quotas/produce_meter.hpp"
#include "sync/quotas/quota_table.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace bkes::sync {

class client_quotas {
  public:
    using time_point = produce_meter::time_point;

    /// Of so many at once what they produced lately is known; when there are more, nothing of any is.
    static constexpr std::size_t meters_max = 10'000;
    /// Client ids that are the same up to here are counted together.
    static constexpr std::size_t counted_name_bytes = 256;

    [[nodiscard]] bool is_limiting() const { return is_limiting_.load(std::memory_order_relaxed); }

    /// As the cluster has them now. What was counted stays.
    void replace(quota_table table);

    /// Counts the bytes for the client. How long it has to be quiet for that; 0: not at all.
    [[nodiscard]] std::chrono::milliseconds count(const produce_client& who, std::size_t bytes,
                                                  time_point now);

    /// At this moment; the clock is not looked at where nobody has a quota.
    [[nodiscard]] std::chrono::milliseconds count_now(const produce_client& who,
                                                      std::size_t bytes) {
        return is_limiting() ? count(who, bytes, time_point::clock::now())
                             : std::chrono::milliseconds{0};
    }

  private:
    using meter_name = std::pair<std::string, std::string>;

    produce_meter& meter_of(meter_name name, time_point now);

    std::atomic<bool> is_limiting_{false};
    std::mutex mutex_;  ///< guards what follows
    quota_table table_;
    std::map<meter_name, produce_meter> meters_;
};

}  // namespace bkes::sync
