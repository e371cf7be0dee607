#pragma once
// How long an owner may answer for its partition: as long as the last proof of its ownership is
// young (contract section 8). A new owner waits that long after its fence, so the two never answer
// at the same time.

#include "sync/fencing/boot_clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace bkes::sync {

/// Any thread.
class lease {
  public:
    explicit lease(std::chrono::milliseconds length) : length_{length} {}

    /// The partition's leader showed that we are its owner, answering to something that was sent
    /// at `asked_at`.
    void proven(boot_clock::time_point asked_at);

    [[nodiscard]] bool is_valid(boot_clock::time_point now) const {
        return now.time_since_epoch().count() < valid_until_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] std::chrono::milliseconds length() const { return length_; }

  private:
    std::chrono::milliseconds length_;
    std::atomic<std::int64_t> valid_until_{0};  ///< nanoseconds of the boot_clock
};

}  // namespace bkes::sync
