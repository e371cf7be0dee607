#include "proxy/admin/metric_values.hpp"

#include "proxy/admin/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <utility>

namespace bkes::proxy {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily counter_family(std::string name, std::string help) {
    return {std::move(name), std::move(help), MetricType::Counter, {}};
}

MetricFamily gauge_family(std::string name, std::string help) {
    return {std::move(name), std::move(help), MetricType::Gauge, {}};
}

MetricFamily histogram_family(std::string name, std::string help) {
    return {std::move(name), std::move(help), MetricType::Histogram, {}};
}

metric_labels with_label(metric_labels labels, std::string name, std::string value) {
    labels.push_back({std::move(name), std::move(value)});
    return labels;
}

void add_value(MetricFamily& to, metric_labels labels, double value) {
    auto& metric = to.metric.emplace_back();
    metric.label = std::move(labels);
    if (to.type == MetricType::Counter) {
        metric.counter.value = value;
    } else {
        metric.gauge.value = value;
    }
}

void add_gauge(metric_families& families, std::string name, std::string help, double value) {
    add_value(families.emplace_back(gauge_family(std::move(name), std::move(help))), {}, value);
}

void add_counter(metric_families& families, std::string name, std::string help, double value) {
    add_value(families.emplace_back(counter_family(std::move(name), std::move(help))), {}, value);
}

std::string metrics_text(metric_families families) {
    std::erase_if(families, [](const MetricFamily& one) { return one.metric.empty(); });
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace bkes::proxy
