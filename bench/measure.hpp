#pragma once
// What every program of the benchmarks needs: flags, latencies, its own CPU time.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::bench {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start);

/// User and system time of this process so far.
double cpu_seconds();

/// Flags in pairs: --name value. Throws std::runtime_error on anything else.
class arguments {
  public:
    arguments(int count, char** values);

    /// Throws if the flag wasn't given.
    [[nodiscard]] std::string text(const std::string& name) const;
    [[nodiscard]] std::string text(const std::string& name, std::string_view fallback) const;
    [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t fallback) const;

    /// Of --partitions N,N: those; all that the topic has if it wasn't given.
    [[nodiscard]] std::vector<std::int32_t> partitions(std::int32_t of_topic) const;

  private:
    std::map<std::string, std::string> given_;
};

/// Every latency is kept, so that percentiles are exact.
class latencies {
  public:
    void add(clock::duration taken) {
        microseconds_.push_back(std::chrono::duration<float, std::micro>(taken).count());
    }

    void clear() { microseconds_.clear(); }

    [[nodiscard]] std::size_t count() const { return microseconds_.size(); }

    /// `share` 0.5 is the median. 0 without any sample. Sorts.
    double percentile(double share);

  private:
    std::vector<float> microseconds_;
};

/// Runs a program: prints the reason and returns 1 if it throws.
int run_program(int count, char** values, void (*program)(const arguments&));

}  // namespace bkes::bench
