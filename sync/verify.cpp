#include "sync/verify.hpp"

#include "sync/event/event_decoder.hpp"
#include "sync/rdkafka/log_comparison.hpp"
#include "sync/rdkafka/topic_reader.hpp"
#include "sync/start/cluster_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>

namespace bkes::sync {

namespace {

constexpr std::chrono::seconds ask_timeout{15};

std::unexpected<start_problem> store_failed(std::error_code error) {
    return std::unexpected{start_problem{start_problem_kind::store_failed,
                                         "the store can't be read: " + error.message()}};
}

/// Events of a chunk that are below the store's position.
std::span<const store::new_event> below(std::span<const store::new_event> events, log_offset end) {
    const auto first_above = std::ranges::lower_bound(events, end, {}, &store::new_event::offset);
    return {events.begin(), first_above};
}

struct partition_range {
    partition_id partition;
    log_offset from;
    log_offset until;
};

/// What of each partition both sides have.
started<std::vector<partition_range>> find_ranges(const verify_options& options,
                                                  store::event_store& store,
                                                  log_comparison& comparison,
                                                  verify_report& report) {
    const auto facts = read_cluster_facts(options.access, {options.topic}, ask_timeout);
    if (!facts) {
        return std::unexpected{facts.error()};
    }
    const auto bounds = read_log_bounds(options.access, facts->guarded.front(), ask_timeout);
    if (!bounds) {
        return std::unexpected{bounds.error()};
    }
    std::vector<partition_range> ranges;
    for (std::size_t index = 0; index < bounds->size(); ++index) {
        const partition_id partition{static_cast<std::int32_t>(index)};
        const auto& log = (*bounds)[index];
        const auto position = store.position({options.topic, partition});
        if (!position) {
            return store_failed(position.error());
        }
        const auto stored = *position ? (*position)->next_offset.value() : 0;
        comparison.log_begins(partition, log_offset{log.start});
        if (stored > log.end) {
            comparison.differ(
                fmt::format("the store is ahead of the log: partition={} log_end={} "
                            "store_position={}",
                            index, log.end, stored));
        }
        report.behind += static_cast<std::uint64_t>(std::max<std::int64_t>(0, log.end - stored));
        const auto until = std::min(stored, log.end);
        if (until > log.start) {
            ranges.push_back({partition, log_offset{log.start}, log_offset{until}});
        }
    }
    return ranges;
}

}  // namespace

started<verify_report> verify_topic(
    const verify_options& options, store::event_store& store,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    verify_report report;
    log_comparison comparison{store, options, report};
    const auto ranges = find_ranges(options, store, comparison, report);
    if (!ranges) {
        return std::unexpected{ranges.error()};
    }
    std::uint64_t all = 0;
    for (const auto& range : *ranges) {
        all += static_cast<std::uint64_t>(range.until - range.from);
    }
    const event_decoder decoder{options.order_header, {}};
    std::uint64_t done = 0;
    for (const auto& range : *ranges) {
        std::promise<started<log_offset>> ended;
        topic_reader reader{{.access = options.access}, decoder};
        auto reached = range.from;
        reader.read(
            {.topic = options.topic,
             .partition = range.partition,
             .from = range.from,
             .until = range.until,
             .take = [&](std::span<const store::new_event> events,
                         log_offset next_offset) -> result<void> {
                 const auto compared =
                     comparison.compare(range.partition, below(events, range.until));
                 const auto shown = std::min(next_offset, range.until);
                 done += static_cast<std::uint64_t>(std::max<std::int64_t>(0, shown - reached));
                 reached = std::max(reached, shown);
                 progress(done, all);
                 return compared;
             },
             .done = [&ended](started<log_offset> end) { ended.set_value(std::move(end)); }});
        if (const auto end = ended.get_future().get(); !end) {
            return std::unexpected{end.error()};
        }
    }
    if (const auto finished = comparison.finish(); !finished) {
        return store_failed(finished.error());
    }
    return report;
}

}  // namespace bkes::sync
