#pragma once
// The log lines of catching up: every few seconds how far, how fast and how long yet, and one when
// the topic is ready. Belongs to one thread.

#include "sync/types/status.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace bkes::sync {

class catch_up_log {
  public:
    enum class lines : std::uint8_t {
        all,
        of_changes,  ///< when a topic is ready, or isn't any more; the way there is shown elsewhere
    };

    explicit catch_up_log(lines told) : told_{told} {}

    /// Call it every second or so with the states of all partitions of a topic.
    void update(const std::string& topic, std::span<const partition_status> partitions,
                std::chrono::steady_clock::time_point now);

  private:
    struct topic_progress {
        bool was_ready = false;
        bool was_seen = false;
        std::chrono::steady_clock::time_point began_at;
        std::chrono::steady_clock::time_point last_line_at;
        std::int64_t began_offsets = 0;
        std::int64_t last_offsets = 0;
    };

    static void report(const std::string& topic, topic_progress& progress, std::int64_t done,
                       std::int64_t left, std::chrono::steady_clock::time_point now);

    lines told_;
    std::map<std::string, topic_progress> topics_;
};

}  // namespace bkes::sync
