#include "proxy/admin/metrics.hpp"
#include "proxy/admin/partitions_of.hpp"

namespace bkes::proxy {

namespace {

using sync::append_result;
using sync::hold_cause;
using sync::partition_counts;

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

/// Of a topic's partitions together: for each of a thousand these would be megabytes.
struct topic_sums {
    std::array<std::uint64_t, sync::append_results> appends{};
    std::array<std::uint64_t, sync::hold_causes> holds{};
    std::uint64_t waiting = 0;
    std::uint64_t resends = 0;
    summed_histogram<sync::duration_bounds.size()> append_seconds{};
    summed_histogram<sync::duration_bounds.size()> kafka_seconds{};
    summed_histogram<sync::batch_bounds.size()> batch_records{};

    void add(const partition_counts& counts) {
        for (std::size_t index = 0; index < appends.size(); ++index) {
            appends[index] += counts.appends[index].value();
        }
        for (std::size_t index = 0; index < holds.size(); ++index) {
            holds[index] += counts.holds[index].value();
        }
        waiting += counts.waiting.value();
        resends += counts.resends.value();
        append_seconds.add(counts.append_seconds);
        kafka_seconds.add(counts.kafka_seconds);
        batch_records.add(counts.batch_records);
    }
};

struct topic_families {
    prometheus::MetricFamily appends =
        counter_family("bkes_appends_total", "Batches of clients for the topic, by outcome");
    prometheus::MetricFamily holds =
        counter_family("bkes_appends_held_total", "Batches of clients that had to wait, by cause");
    prometheus::MetricFamily waiting = gauge_family(
        "bkes_appends_waiting", "Batches neither on their way to the broker nor answered");
    prometheus::MetricFamily resends = counter_family(
        "bkes_resends_total", "Batches that a client sent again, and that were recognised");
    prometheus::MetricFamily append_seconds =
        histogram_family("bkes_append_seconds", "Time of a client's batch until its answer");
    prometheus::MetricFamily kafka_seconds = histogram_family(
        "bkes_append_kafka_seconds", "Time of a batch at the broker, until it is written there");
    prometheus::MetricFamily batch_records =
        histogram_family("bkes_append_batch_records", "Records written with one request");

    void add(const metric_labels& labels, const topic_sums& sums);
    void move_to(metric_families& families);
};

void topic_families::add(const metric_labels& labels, const topic_sums& sums) {
    for (std::size_t index = 0; index < sums.appends.size(); ++index) {
        add_value(appends,
                  with_label(labels, "outcome", outcome_label(static_cast<append_result>(index))),
                  static_cast<double>(sums.appends[index]));
    }
    for (std::size_t index = 0; index < sums.holds.size(); ++index) {
        add_value(holds,
                  with_label(labels, "cause", std::string{name_of(static_cast<hold_cause>(index))}),
                  static_cast<double>(sums.holds[index]));
    }
    add_value(waiting, labels, static_cast<double>(sums.waiting));
    add_value(resends, labels, static_cast<double>(sums.resends));
    add_histogram(append_seconds, labels, sync::duration_bounds, sums.append_seconds);
    add_histogram(kafka_seconds, labels, sync::duration_bounds, sums.kafka_seconds);
    add_histogram(batch_records, labels, sync::batch_bounds, sums.batch_records);
}

void topic_families::move_to(metric_families& families) {
    for (auto* one :
         {&appends, &holds, &waiting, &resends, &append_seconds, &kafka_seconds, &batch_records}) {
        families.push_back(std::move(*one));
    }
}

}  // namespace

void add_append_metrics(const sync::guarded_topics& topics, metric_families& families) {
    topic_families all;
    for (const auto& topic : topics.topics()) {
        topic_sums sums;
        for (const auto partition : partitions_of(topics, topic)) {
            if (const auto counts = topics.counts(topic, partition)) {
                sums.add(*counts);
            }
        }
        all.add({{"topic", topic}}, sums);
    }
    all.move_to(families);
}

}  // namespace bkes::proxy
