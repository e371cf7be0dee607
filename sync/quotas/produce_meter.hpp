#pragma once
// How fast somebody produces, measured as brokers do (Kafka's Rate over SampledStat, with the windows
// that quota.window.num and quota.window.size.seconds have by default), and how long he has to be quiet
// for it (ClientQuotaManager). The same requests at the same times get the same throttle times.
//
// No clock of its own: time comes in.

#include <array>
#include <chrono>
#include <cstddef>

namespace bkes::sync {

class produce_meter {
  public:
    using milliseconds = std::chrono::milliseconds;
    using time_point = std::chrono::steady_clock::time_point;

    /// Nothing that was counted so long ago matters any more.
    static constexpr milliseconds memory{11'000};

    /// Counts the bytes. The time in which nothing more may come, for the rate to fall to `bound`
    /// (bytes a second); 0 if it isn't higher.
    milliseconds count(std::size_t bytes, double bound, time_point now);

    /// It is as one that has never counted anything.
    [[nodiscard]] bool is_blank(time_point now) const { return now - counted_at_ >= memory; }

  private:
    struct sample {
        milliseconds began{};
        milliseconds counted{};
        double bytes = 0;
    };

    sample& current(milliseconds now);
    void forget_old(milliseconds now);
    /// Since the oldest sample, as if there had always been samples.
    [[nodiscard]] milliseconds measured_time(milliseconds now) const;
    [[nodiscard]] double measured_bytes() const;

    static constexpr milliseconds window{1'000};
    static constexpr int whole_windows = 10;
    /// The current window, and one more that is still partly within the time.
    static constexpr std::size_t samples_max = whole_windows + 2;

    std::array<sample, samples_max> samples_{};
    std::size_t sample_count_ = 0;
    std::size_t current_ = 0;
    time_point counted_at_;
};

}  // namespace bkes::sync
