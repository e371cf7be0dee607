#include "sync/fencing/lease.hpp"

namespace bkes::sync {

/// Proofs may come in another order than they were asked for: the youngest counts.
void lease::proven(boot_clock::time_point asked_at) {
    const auto until = (asked_at + length_).time_since_epoch().count();
    auto known = valid_until_.load(std::memory_order_relaxed);
    while (known < until &&
           !valid_until_.compare_exchange_weak(known, until, std::memory_order_relaxed)) {
    }
}

}  // namespace bkes::sync
