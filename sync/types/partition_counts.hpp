#pragma once
// What is counted of one guarded partition, by its thread.

#include "sync/types/append_job.hpp"
#include "sync/types/counts.hpp"
#include "sync/types/hold_cause.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace bkes::sync {

inline constexpr std::size_t append_results = std::to_underlying(append_result::stopped) + 1;

struct partition_counts {
    std::array<counter, append_results> appends{};  ///< answered, by outcome
    duration_histogram append_seconds{};            ///< from its arrival to its answer
    duration_histogram kafka_seconds{};        ///< of these the broker's: a batch until its answer
    batch_histogram batch_records{};           ///< sent at once
    std::array<counter, hold_causes> holds{};  ///< appends that had to wait, once for each cause
    gauge waiting{};            ///< appends neither on their way to the broker nor answered
    counter resends{};          ///< recognised: written before, or joined to one that was under way
    counter forwarded{};        ///< given to the owner, as it is another instance
    counter take_overs{};       ///< how often the partition became ours
    counter foreign_records{};  ///< read from the log that others wrote, once it was served
    counter misnumbered{};      ///< of them with an order that isn't their place
    counter split_keys{};       ///< of them in a second partition

    [[nodiscard]] counter& of(append_result outcome) {
        return appends[std::to_underlying(outcome)];
    }

    [[nodiscard]] counter& of(hold_cause cause) { return holds[std::to_underlying(cause)]; }
};

}  // namespace bkes::sync
