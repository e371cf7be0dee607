#pragma once
// A burst of the same warning is told by its first lines and then by a number: ten thousand clients
// that lose their broker at once would else write ten thousand lines, and hide all others.
//
// No clock of its own: time comes in. Not thread-safe.

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

class log_folding {
  public:
    using time_point = std::chrono::system_clock::time_point;

    static constexpr std::size_t lines_max = 50;  ///< of the same event, in one window
    static constexpr std::chrono::seconds window{10};

    struct folded {
        std::string event;
        std::size_t count = 0;
    };

    /// Whether a line that tells this event (json_line.hpp) is written; else it is counted.
    bool takes(std::string_view event, time_point now);

    /// What was counted in windows that are over by now; it is told once.
    std::vector<folded> ended(time_point now);

  private:
    static constexpr std::size_t events_max = 1'000;  ///< different ones

    struct burst {
        time_point began;
        std::size_t lines = 0;
    };

    std::map<std::string, burst, std::less<>> bursts_;
};

}  // namespace bkes::proxy
