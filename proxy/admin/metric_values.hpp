#pragma once
// The making of metric families: one line for each family and one for each value in it.

#include "sync/types/counts.hpp"

#include <prometheus/metric_family.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bkes::proxy {

using metric_families = std::vector<prometheus::MetricFamily>;
using metric_labels = std::vector<prometheus::ClientMetric::Label>;

prometheus::MetricFamily counter_family(std::string name, std::string help);
prometheus::MetricFamily gauge_family(std::string name, std::string help);
prometheus::MetricFamily histogram_family(std::string name, std::string help);

metric_labels with_label(metric_labels labels, std::string name, std::string value);

/// To a counter or gauge family.
void add_value(prometheus::MetricFamily& to, metric_labels labels, double value);

/// A family of one value without labels, at the end of `families`.
void add_gauge(metric_families& families, std::string name, std::string help, double value);
void add_counter(metric_families& families, std::string name, std::string help, double value);

/// The sum of what several threads have counted.
template <std::size_t Bounds>
class summed_histogram {
  public:
    void add(const sync::histogram<Bounds>& other) {
        for (std::size_t index = 0; index <= Bounds; ++index) {
            buckets_[index] += other.in_bucket(index);
        }
        sum_ += other.sum();
    }

    [[nodiscard]] prometheus::ClientMetric::Histogram value(
        const std::array<double, Bounds>& bounds) const {
        prometheus::ClientMetric::Histogram made;
        for (std::size_t index = 0; index < Bounds; ++index) {
            made.sample_count += buckets_[index];
            made.bucket.push_back({made.sample_count, bounds[index]});
        }
        made.sample_count += buckets_[Bounds];
        made.sample_sum = sum_;
        return made;
    }

  private:
    std::array<std::uint64_t, Bounds + 1> buckets_{};
    double sum_ = 0;
};

template <std::size_t Bounds>
void add_histogram(prometheus::MetricFamily& to, metric_labels labels,
                   const std::array<double, Bounds>& bounds,
                   const summed_histogram<Bounds>& values) {
    auto& metric = to.metric.emplace_back();
    metric.label = std::move(labels);
    metric.histogram = values.value(bounds);
}

}  // namespace bkes::proxy
