#include "proxy/admin/metrics.hpp"
#include "proxy/admin/partitions_of.hpp"
#include "proxy/admin/readiness.hpp"

#include <utility>

namespace bkes::proxy {

namespace {

using sync::partition_counts;
using sync::partition_state;
using sync::partition_status;

constexpr std::array states{partition_state::catching_up, partition_state::held,
                            partition_state::ready, partition_state::not_owner,
                            partition_state::followed};

/// One value for each partition.
struct partition_families {
    prometheus::MetricFamily state =
        gauge_family("bkes_partition_state", "1 for the state that the partition is in, else 0");
    prometheus::MetricFamily stored = gauge_family(
        "bkes_partition_stored_offset", "The first offset that the store doesn't hold yet");
    prometheus::MetricFamily end =
        gauge_family("bkes_partition_log_end_offset", "End of the log, as last seen");
    prometheus::MetricFamily forwarded =
        counter_family("bkes_forwarded_appends_total",
                       "Appends given to the instance that owns the "
                       "partition");
    prometheus::MetricFamily take_overs =
        counter_family("bkes_take_overs_total", "How often this instance took the partition over");
    prometheus::MetricFamily foreign =
        counter_family("bkes_foreign_records_total",
                       "Records that others wrote to the partition while bkes served it");
    prometheus::MetricFamily misnumbered = counter_family(
        "bkes_misnumbered_records_total", "Records whose order isn't their place in the log");
    prometheus::MetricFamily split =
        counter_family("bkes_split_keys_total", "Keys found in a second partition");

    void add(const metric_labels& labels, const partition_status& status,
             const partition_counts& counts);
    void move_to(metric_families& families);
};

void partition_families::add(const metric_labels& labels, const partition_status& status,
                             const partition_counts& counts) {
    for (const auto one : states) {
        add_value(state, with_label(labels, "state", std::string{name_of(one)}),
                  one == status.state ? 1 : 0);
    }
    add_value(stored, labels, static_cast<double>(status.next_offset.value()));
    add_value(end, labels, static_cast<double>(status.end_offset.value()));
    add_value(forwarded, labels, static_cast<double>(counts.forwarded.value()));
    add_value(take_overs, labels, static_cast<double>(counts.take_overs.value()));
    add_value(foreign, labels, static_cast<double>(counts.foreign_records.value()));
    add_value(misnumbered, labels, static_cast<double>(counts.misnumbered.value()));
    add_value(split, labels, static_cast<double>(counts.split_keys.value()));
}

void partition_families::move_to(metric_families& families) {
    for (auto* one :
         {&state, &stored, &end, &forwarded, &take_overs, &foreign, &misnumbered, &split}) {
        families.push_back(std::move(*one));
    }
}

}  // namespace

void add_partition_metrics(const sync::guarded_topics& topics, metric_families& families) {
    partition_families all;
    for (const auto& topic : topics.topics()) {
        for (const auto partition : partitions_of(topics, topic)) {
            const auto status = topics.status(topic, partition);
            const auto counts = topics.counts(topic, partition);
            if (status && counts) {
                all.add({{"topic", topic}, {"partition", std::to_string(partition.value())}},
                        *status, *counts);
            }
        }
    }
    all.move_to(families);
}

}  // namespace bkes::proxy
