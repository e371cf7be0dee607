#include "sync/quotas/produce_meter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace bkes::sync {

using std::chrono::milliseconds;

namespace {

/// It travels as an int32.
constexpr double throttle_ms_max = std::numeric_limits<std::int32_t>::max();

}  // namespace

milliseconds produce_meter::count(std::size_t bytes, double bound, time_point now) {
    const auto time = std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
    counted_at_ = now;
    auto& sample = current(time);
    sample.bytes += static_cast<double>(bytes);
    sample.counted = time;
    forget_old(time);

    const auto span = measured_time(time);
    const double rate = measured_bytes() / std::chrono::duration<double>{span}.count();
    if (rate <= bound) {
        return milliseconds{0};
    }
    // At rate R over a window W a pause of X brings it to B if R * W / (W + X) = B.
    const double pause = (rate - bound) / bound * static_cast<double>(span.count());
    return milliseconds{std::llround(std::min(pause, throttle_ms_max))};
}

produce_meter::sample& produce_meter::current(milliseconds now) {
    if (sample_count_ > 0 && now - samples_[current_].began < window) {
        return samples_[current_];
    }
    current_ = sample_count_ == 0 ? 0 : (current_ + 1) % samples_max;
    sample_count_ = std::max(sample_count_, current_ + 1);
    samples_[current_] = {.began = now, .counted = now};
    return samples_[current_];
}

void produce_meter::forget_old(milliseconds now) {
    for (auto& one : std::span{samples_}.first(sample_count_)) {
        if (now - one.counted >= memory) {
            one = {.began = now, .counted = now};
        }
    }
}

milliseconds produce_meter::measured_time(milliseconds now) const {
    const auto oldest =
        std::ranges::min(std::span{samples_}.first(sample_count_), {}, &sample::began);
    const auto elapsed = now - oldest.began;
    const auto whole = elapsed / window;
    return whole < whole_windows ? elapsed + (whole_windows - whole) * window : elapsed;
}

double produce_meter::measured_bytes() const {
    double sum = 0;
    for (const auto& one : std::span{samples_}.first(sample_count_)) {
        sum += one.bytes;
    }
    return sum;
}

}  // namespace bkes::sync
