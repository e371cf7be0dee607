#include "sync/start/topic_facts.hpp"

#include "sync/types/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bkes::sync {

using std::chrono::milliseconds;

milliseconds keep_alive_interval(std::optional<milliseconds> connection_idle) {
    constexpr milliseconds longest{30'000};
    constexpr milliseconds shortest{100};
    constexpr milliseconds if_unknown{1'000};
    return connection_idle ? std::clamp(*connection_idle / 4, shortest, longest) : if_unknown;
}

started<void> check_history_is_kept(const std::vector<topic_facts>& topics) {
    for (const auto& topic : topics) {
        if (topic.cleanup_policy.find("compact") != std::string::npos) {
            return std::unexpected{start_problem{
                start_problem_kind::bad_setting,
                fmt::format(
                    "topic '{0}' is compacted (cleanup.policy={1}), which deletes events: set "
                    "cleanup.policy=delete on it, or take it out of 'topics'",
                    topic.name, topic.cleanup_policy)}};
        }
        if (topic.cleanup_policy.empty()) {
            sync_log().warn(
                "configuration of the topic can't be read topic={} check=\"it must keep its "
                "history: "
                "cleanup.policy=delete, retention.ms=-1, retention.bytes=-1\"",
                topic.name);
        } else if (topic.retention_ms >= 0 || topic.retention_bytes >= 0) {
            sync_log().warn(
                "events will be deleted by retention topic={} retention_ms={} retention_bytes={} "
                "check=\"an event store wants retention.ms=-1 and retention.bytes=-1\"",
                topic.name, topic.retention_ms, topic.retention_bytes);
        }
    }
    return {};
}

}  // namespace bkes::sync
