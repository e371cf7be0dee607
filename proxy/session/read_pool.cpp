#include "proxy/session/read_pool.hpp"

#include <algorithm>
#include <thread>

namespace bkes::proxy {

namespace {

using namespace std::chrono_literals;

constexpr auto window = 4ms;
constexpr std::size_t threads_max = 4;

}  // namespace

inline_quota& inline_quota::of_this_thread() {
    thread_local inline_quota quota;
    return quota;
}

bool inline_quota::is_left(clock::time_point now) {
    if (now - window_began_ >= window) {
        window_began_ = now;
        used_ = {};
    }
    return used_ < window / 2;
}

std::size_t read_pool::default_size() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, threads_max);
}

}  // namespace bkes::proxy
