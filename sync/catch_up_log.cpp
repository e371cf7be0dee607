#include "sync/catch_up_log.hpp"

#include "sync/types/log.hpp"

#include <algorithm>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using exact_seconds = std::chrono::duration<double>;

constexpr auto line_interval = 3s;

}  // namespace

void catch_up_log::update(const std::string& topic, std::span<const partition_status> partitions,
                          std::chrono::steady_clock::time_point now) {
    auto& progress = topics_[topic];
    std::int64_t done = 0;
    std::int64_t left = 0;
    for (const auto& one : partitions) {
        done += one.next_offset.value();
        left += one.lag();
    }
    if (!progress.was_seen) {
        progress.was_seen = true;
        progress.began_at = progress.last_line_at = now;
        progress.began_offsets = progress.last_offsets = done;
    }
    const bool is_ready = std::ranges::all_of(partitions, &partition_status::is_served);
    if (is_ready != progress.was_ready) {
        progress.was_ready = is_ready;
        if (is_ready) {
            sync_log().info("ready topic={} partitions={} offsets={} read={} seconds={:.1f}", topic,
                            partitions.size(), done, done - progress.began_offsets,
                            exact_seconds{now - progress.began_at}.count());
        } else {
            sync_log().warn("not ready topic={} partitions_ready={} of={}", topic,
                            std::ranges::count_if(partitions, &partition_status::is_served),
                            partitions.size());
            progress.began_at = progress.last_line_at = now;
            progress.began_offsets = progress.last_offsets = done;
        }
    } else if (told_ == lines::all && !is_ready && now - progress.last_line_at >= line_interval) {
        report(topic, progress, done, left, now);
    }
}

void catch_up_log::report(const std::string& topic, topic_progress& progress, std::int64_t done,
                          std::int64_t left, std::chrono::steady_clock::time_point now) {
    const auto elapsed = exact_seconds{now - progress.last_line_at}.count();
    const auto rate = static_cast<double>(done - progress.last_offsets) / elapsed;
    if (left > 0 && rate > 0) {
        sync_log().info(
            "catching up topic={} offsets={} left={} per_second={:.0f} seconds_left={:.0f}", topic,
            done, left, rate, static_cast<double>(left) / rate);
    } else {
        sync_log().info("not ready yet topic={} offsets={} left={}", topic, done, left);
    }
    progress.last_line_at = now;
    progress.last_offsets = done;
}

}  // namespace bkes::sync
