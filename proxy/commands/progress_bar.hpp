#pragma once
// How far a long work is, on the last line of a terminal:
//
//   comparing bkes  [===========>        ]  57%  570,000 of 1,000,000  84,210/s  6s left
//
// The text is made by pure functions; time and width come in. `progress_bar` shows it above nothing
// but a terminal: elsewhere the log has lines.

#include "proxy/config/config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::proxy {

struct progress_seen {
    std::uint64_t done = 0;
    std::uint64_t all = 0;
    double per_second = 0;  ///< 0: not known yet
};

/// At most `columns` wide: what doesn't fit is left out, the bar first. ASCII, if `what` is.
std::string progress_text(std::string_view what, const progress_seen& seen, std::size_t columns);

/// 7s, 3m05s, 2h40m, 3d04h.
std::string short_duration(std::chrono::seconds time);

/// The pace of the last seconds.
class pace {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Offsets may go back: it begins anew.
    double per_second(std::uint64_t done, time_point now);

  private:
    struct sample {
        time_point at;
        std::uint64_t done;
    };

    std::deque<sample> samples_;
};

/// Any thread. It ends with the object, which leaves nothing on the terminal.
class progress_bar {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Whether somebody looks: standard error is a terminal that moves its cursor, and the log is
    /// text, at a level at which it would tell the same.
    [[nodiscard]] static bool is_wanted(const config& settings);

    /// Nothing is shown of what takes less than `delay`.
    progress_bar(std::string what, std::chrono::milliseconds delay);
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;
    ~progress_bar();

    /// Equal numbers: there is nothing to wait for; a later call may begin again.
    void at(std::uint64_t done, std::uint64_t all);

  private:
    const std::string what_;
    const std::chrono::milliseconds delay_;
    std::mutex mutex_;
    pace pace_;
    std::optional<time_point> began_;
    time_point shown_{};
    bool is_shown_ = false;
};

}  // namespace bkes::proxy
