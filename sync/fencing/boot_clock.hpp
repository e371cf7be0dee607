#pragma once
// The clock by which proofs of ownership age. It runs on while the machine is suspended, which
// std::chrono::steady_clock doesn't; no two machines compare theirs.

#include <chrono>
#include <functional>

namespace bkes::sync {

struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

/// Where the time of the boot_clock is read, from any thread: `boot_clock::now`, except in a test
/// that lets proofs age itself.
using boot_time_source = std::function<boot_clock::time_point()>;

}  // namespace bkes::sync
