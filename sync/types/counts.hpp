#pragma once
// What is counted for who looks from outside (docs/operating.md). Each is written by one thread
// alone and read by any: counting costs a load and a store, and no lock is on the way of a request.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bkes::sync {

class counter {
  public:
    void add(std::uint64_t count = 1) { value_.store(value() + count, std::memory_order_relaxed); }

    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// What stands at the moment.
class gauge {
  public:
    void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }

    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// How many observations were up to each bound, as Prometheus has it: the last bucket is without
/// one.
template <std::size_t Bounds>
class histogram {
  public:
    using bounds = std::array<double, Bounds>;

    void observe(const bounds& upper, double value) {
        std::size_t index = 0;
        while (index < Bounds && value > upper[index]) {
            ++index;
        }
        buckets_[index].add();
        sum_.store(sum() + value, std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint64_t in_bucket(std::size_t index) const {
        return buckets_[index].value();
    }

    [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

  private:
    std::array<counter, Bounds + 1> buckets_;
    std::atomic<double> sum_{0};
};

/// In seconds: from what a request costs that is only passed on to what a client gives up for.
inline constexpr std::array duration_bounds{0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01,
                                            0.03,    0.1,     0.3,    1.0,    3.0,   10.0,  30.0};

class duration_histogram : public histogram<duration_bounds.size()> {
  public:
    void observe(std::chrono::nanoseconds took) {
        histogram::observe(duration_bounds, std::chrono::duration<double>{took}.count());
    }
};

inline constexpr std::array batch_bounds{1.0,   2.0,   5.0,   10.0,   20.0,   50.0,
                                         100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0};

class batch_histogram : public histogram<batch_bounds.size()> {
  public:
    void observe(std::int32_t records) {
        histogram::observe(batch_bounds, static_cast<double>(records));
    }
};

}  // namespace bkes::sync
