#include "proxy/admin/metric_values.hpp"
#include "proxy/admin/metrics.hpp"

#include <utility>

namespace bkes::proxy {

namespace {

using sync::append_result;
using sync::partition_counts;
using sync::partition_state;
using sync::partition_status;

std::string outcome_label(append_result outcome) {
    switch (outcome) {
        case append_result::written:
            return "written";
        case append_result::order_conflict:
            return "order_conflict";
        case append_result::wrong_partition:
            return "wrong_partition";
        case append_result::invalid_record:
            return "invalid_record";
        case append_result::corrupt_batch:
            return "corrupt_batch";
        case append_result::too_large:
            return "too_large";
        case append_result::transactional:
            return "transactional";
        case append_result::not_ready:
            return "not_ready";
        case append_result::not_owner:
            return "not_owner";
        case append_result::timed_out:
            return "timed_out";
        case append_result::sequence_out_of_order:
            return "sequence_out_of_order";
        case append_result::broker_refused:
            return "broker_refused";
        case append_result::stopped:
            return "stopped";
    }
    return "unknown";
}

constexpr std::array states{std::pair{partition_state::catching_up, "catching_up"},
                            std::pair{partition_state::held, "held"},
                            std::pair{partition_state::ready, "ready"},
                            std::pair{partition_state::not_owner, "lost_to_another_instance"}};

struct partition_families {
    prometheus::MetricFamily state =
        gauge_family("bkes_partition_state", "1 for the state that the partition is in, else 0");
    prometheus::MetricFamily stored = gauge_family(
        "bkes_partition_stored_offset", "The first offset that the store doesn't hold yet");
    prometheus::MetricFamily end =
        gauge_family("bkes_partition_log_end_offset", "End of the log, as last seen");
    prometheus::MetricFamily appends =
        counter_family("bkes_appends_total", "Batches of clients for the partition, by outcome");
    prometheus::MetricFamily append_seconds =
        histogram_family("bkes_append_seconds", "Time of a client's batch until its answer");
    prometheus::MetricFamily kafka_seconds = histogram_family(
        "bkes_append_kafka_seconds", "Time of a batch at the broker, until it is written there");
    prometheus::MetricFamily batch_records =
        histogram_family("bkes_append_batch_records", "Records written with one request");
    prometheus::MetricFamily resends = counter_family(
        "bkes_resends_total", "Batches that a client sent again, and that were recognised");
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

metric_labels with(metric_labels labels, std::string name, std::string value) {
    labels.push_back({std::move(name), std::move(value)});
    return labels;
}

void partition_families::add(const metric_labels& labels, const partition_status& status,
                             const partition_counts& counts) {
    const auto count = [&labels](prometheus::MetricFamily& family, const sync::counter& value) {
        add_value(family, labels, static_cast<double>(value.value()));
    };
    for (const auto& [one, name] : states) {
        add_value(state, with(labels, "state", name), one == status.state ? 1 : 0);
    }
    add_value(stored, labels, static_cast<double>(status.next_offset.value()));
    add_value(end, labels, static_cast<double>(status.end_offset.value()));
    for (std::size_t index = 0; index < counts.appends.size(); ++index) {
        add_value(appends,
                  with(labels, "outcome", outcome_label(static_cast<append_result>(index))),
                  static_cast<double>(counts.appends[index].value()));
    }
    add_histogram(append_seconds, labels, sync::duration_bounds, counts.append_seconds);
    add_histogram(kafka_seconds, labels, sync::duration_bounds, counts.kafka_seconds);
    add_histogram(batch_records, labels, sync::batch_bounds, counts.batch_records);
    count(resends, counts.resends);
    count(take_overs, counts.take_overs);
    count(foreign, counts.foreign_records);
    count(misnumbered, counts.misnumbered);
    count(split, counts.split_keys);
}

void partition_families::move_to(metric_families& families) {
    for (auto* one : {&state, &stored, &end, &appends, &append_seconds, &kafka_seconds,
                      &batch_records, &resends, &take_overs, &foreign, &misnumbered, &split}) {
        families.push_back(std::move(*one));
    }
}

}  // namespace

void add_partition_metrics(const sync::guarded_topics& topics, metric_families& families) {
    partition_families all;
    for (const auto& topic : topics.topics()) {
        const auto partitions = topics.partition_count(topic);
        for (partition_id partition{0}; partition.value() < partitions;
             partition = partition_id{partition.value() + 1}) {
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
