#include "proxy/admin/metrics.hpp"

#include <array>

namespace bkes::proxy {

namespace {

/// Of all threads.
struct api_sums {
    std::uint64_t requests = 0;
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
    summed_histogram<sync::duration_bounds.size()> seconds{};
};

struct sums {
    std::vector<api_sums> by_api{protocol::api_table().size()};
    std::uint64_t opened = 0;
    std::uint64_t rights_asked = 0;
    std::uint64_t rights_refused = 0;
    std::array<std::uint64_t, disconnect_causes> ended{};

    void add(const session_counts& one) {
        for (std::size_t index = 0; index < by_api.size(); ++index) {
            by_api[index].requests += one.by_api[index].requests.value();
            by_api[index].request_bytes += one.by_api[index].request_bytes.value();
            by_api[index].response_bytes += one.by_api[index].response_bytes.value();
            by_api[index].seconds.add(one.by_api[index].seconds);
        }
        opened += one.opened.value();
        rights_asked += one.rights_asked.value();
        rights_refused += one.rights_refused.value();
        for (std::size_t index = 0; index < ended.size(); ++index) {
            ended[index] += one.ended[index].value();
        }
    }
};

void add_requests(const sums& all, metric_families& families) {
    auto requests = counter_family("bkes_requests_total", "Requests of clients, by API");
    auto request_bytes =
        counter_family("bkes_request_bytes_total", "Bytes of requests of clients, by API");
    auto response_bytes =
        counter_family("bkes_response_bytes_total", "Bytes of answers to clients, by API");
    auto seconds = histogram_family(
        "bkes_request_inside_seconds",
        "Time of a request inside bkes: all of it, but for what the broker took that it was "
        "passed on to");
    for (std::size_t index = 0; index < all.by_api.size(); ++index) {
        const auto& one = all.by_api[index];
        if (one.requests == 0) {
            continue;  // most APIs are never asked for
        }
        const metric_labels labels{{"api", std::string{protocol::api_table()[index].name}}};
        add_value(requests, labels, static_cast<double>(one.requests));
        add_value(request_bytes, labels, static_cast<double>(one.request_bytes));
        add_value(response_bytes, labels, static_cast<double>(one.response_bytes));
        add_histogram(seconds, labels, sync::duration_bounds, one.seconds);
    }
    families.insert(families.end(), {std::move(requests), std::move(request_bytes),
                                     std::move(response_bytes), std::move(seconds)});
}

void add_connections(const sums& all, std::int32_t open, metric_families& families) {
    add_gauge(families, "bkes_connections", "Connections of clients", open);
    add_counter(families, "bkes_connections_opened_total", "Connections of clients taken",
                static_cast<double>(all.opened));
    auto ended = counter_family("bkes_connections_ended_total",
                                "Connections of clients that ended, by cause");
    for (std::size_t index = 0; index < all.ended.size(); ++index) {
        add_value(ended, {{"cause", std::string{name_of(static_cast<disconnect>(index))}}},
                  static_cast<double>(all.ended[index]));
    }
    families.push_back(std::move(ended));
    add_counter(families, "bkes_rights_asked_total",
                "Questions to brokers about a client's rights on a topic",
                static_cast<double>(all.rights_asked));
    add_counter(families, "bkes_rights_refused_total", "Those of them that were answered with none",
                static_cast<double>(all.rights_refused));
}

}  // namespace

void add_client_metrics(const session_counts_table& counts, std::int32_t open_connections,
                        metric_families& families) {
    sums all;
    counts.for_each([&all](const session_counts& one) { all.add(one); });
    add_requests(all, families);
    add_connections(all, open_connections, families);
}

}  // namespace bkes::proxy
