#pragma once
// What /metrics shows, in Prometheus' text format. Each family is a row in docs/operating.md, and
// tests/integration/test_metrics.py compares the two.
//
// Labels are bounded: topic, partition, api, cause, outcome; never a key, a client or an address.

#include "proxy/admin/metric_values.hpp"
#include "proxy/session/session_counts.hpp"
#include "store/event_store.hpp"
#include "sync/guarded_topics.hpp"

#include <cstdint>
#include <string>

namespace bkes::proxy {

/// Requests by API, connections, and why they ended.
void add_client_metrics(const session_counts_table& counts, std::int32_t open_connections,
                        metric_families& families);

/// Of each guarded partition: its state, its offsets, what was found in its log.
void add_partition_metrics(const sync::guarded_topics& topics, metric_families& families);

/// Of each guarded topic: what became of appends, and the time they took.
void add_append_metrics(const sync::guarded_topics& topics, metric_families& families);

void add_store_metrics(const store::store_figures& store, metric_families& families);

/// How often it had to be built again.
void add_rebuild_metrics(const sync::rebuild_counts& rebuilds, metric_families& families);

/// The process and its build.
void add_process_metrics(metric_families& families);

/// Without families that are empty.
std::string metrics_text(metric_families families);

}  // namespace bkes::proxy
