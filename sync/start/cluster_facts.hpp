#pragma once
// The questions of the start: the cluster's identity, its topics and their configuration. All block,
// at most `timeout`.

#include "sync/broker/cluster_view.hpp"
#include "sync/start/topic_facts.hpp"
#include "sync/types/cluster_access.hpp"
#include "sync/types/start_problem.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bkes::sync {

struct cluster_identity {
    std::string cluster_id;
    std::vector<broker_address> brokers;
};

/// Asks the bootstrap servers who they are. For start-up, before the store of that cluster is
/// opened.
started<cluster_identity> discover(const cluster_access& access,
                                   std::chrono::milliseconds timeout = std::chrono::seconds{10});

/// Fails on a topic that isn't there.
started<cluster_facts> read_cluster_facts(const cluster_access& access,
                                          const std::vector<std::string>& topics,
                                          std::chrono::milliseconds timeout);

/// First and next offset of each partition of a topic; behind the next one nothing is committed.
struct partition_bounds {
    std::int64_t start = 0;
    std::int64_t end = 0;
};

started<std::vector<partition_bounds>> read_log_bounds(const cluster_access& access,
                                                       const topic_facts& topic,
                                                       std::chrono::milliseconds timeout);

}  // namespace bkes::sync
