#pragma once
// The clock by which proofs of ownership age. It runs on while the machine is suspended, which
// std::chrono::steady_clock doesn't; no two machines compare theirs.

#include <chrono>

namespace bkes::sync {

struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

}  // namespace bkes::sync
