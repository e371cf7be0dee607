#pragma once
// What must be known of the cluster and its topics before anything is guarded, and what follows
// from it.

#include "sync/types/start_problem.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

struct topic_facts {
    std::string name;
    std::int32_t partition_count = 0;
    std::string cleanup_policy;      ///< empty: could not be asked for
    std::int64_t retention_ms = -1;  ///< -1: for ever
    std::int64_t retention_bytes = -1;
};

struct cluster_facts {
    std::vector<topic_facts> guarded;     ///< in the order asked
    std::vector<std::string> all_topics;  ///< names of all topics that can be seen
    /// The smaller of producer.id.expiration.ms and transactional.id.expiration.ms; empty: could
    /// not be asked for.
    std::optional<std::chrono::milliseconds> producer_expiry;
    /// The smallest connections.max.idle.ms of the brokers; max(): none of them ever closes a quiet
    /// connection; empty: could not be asked for.
    std::optional<std::chrono::milliseconds> connection_idle;
};

/// After so long without a request a connection to a broker should send one, so that no broker
/// takes it for a forgotten one. It is kept below half a minute for whatever stands in between.
[[nodiscard]] std::chrono::milliseconds keep_alive_interval(
    std::optional<std::chrono::milliseconds> connection_idle);

/// Refuses topics that don't keep their history (compacted), warns about those that keep it for a
/// time only.
started<void> check_history_is_kept(const std::vector<topic_facts>& topics);

}  // namespace bkes::sync
