#include "sync/quotas/client_quotas.hpp"

#include <algorithm>

namespace bkes::sync {

void client_quotas::replace(quota_table table) {
    const std::lock_guard guard{mutex_};
    table_ = std::move(table);
    is_limiting_.store(table_.is_limiting(), std::memory_order_relaxed);
}

std::chrono::milliseconds client_quotas::count(const produce_client& who, std::size_t bytes,
                                               time_point now) {
    const std::lock_guard guard{mutex_};
    auto quota = table_.find(who);
    if (!quota) {
        return std::chrono::milliseconds{0};
    }
    quota->client_id.resize(std::min(quota->client_id.size(), counted_name_bytes));
    auto& meter = meter_of({std::move(quota->user), std::move(quota->client_id)}, now);
    return meter.count(bytes, quota->bytes_per_second, now);
}

/// Clients choose their ids, so those of the moment must not fill the memory.
produce_meter& client_quotas::meter_of(meter_name name, time_point now) {
    if (const auto known = meters_.find(name); known != meters_.end()) {
        return known->second;
    }
    if (meters_.size() >= meters_max) {
        std::erase_if(meters_, [now](const auto& one) { return one.second.is_blank(now); });
        if (meters_.size() > meters_max / 2) {
            meters_.clear();
        }
    }
    return meters_[std::move(name)];
}

}  // namespace bkes::sync
