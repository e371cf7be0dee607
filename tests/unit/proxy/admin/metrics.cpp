#include "proxy/admin/metrics.hpp"

#include "proxy/admin/metric_values.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace bkes;
using namespace bkes::proxy;

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).contains("\n" + line + "\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_admin_metrics)

BOOST_AUTO_TEST_CASE(what_threads_have_counted_is_added_up) {
    boost::asio::io_context first;
    boost::asio::io_context second;
    session_counts_table table;
    for (auto* context : {&first, &second}) {
        auto& counts = table.of(*context);
        counts.of(disconnect::idle).add(2);
        auto& produce = *counts.of(static_cast<std::int16_t>(protocol::api_key::produce));
        produce.requests.add(3);
        produce.seconds.observe(std::chrono::milliseconds{2});
    }
    BOOST_TEST(&table.of(first) == &table.of(first));
    metric_families families;
    add_client_metrics(table, 5, families);
    const auto text = metrics_text(families);
    BOOST_TEST(has_line(text, "bkes_connections 5"), text);
    BOOST_TEST(has_line(text, R"(bkes_connections_ended_total{cause="idle"} 4)"));
    BOOST_TEST(has_line(text, R"(bkes_requests_total{api="Produce"} 6)"));
    BOOST_TEST(has_line(text, R"(bkes_request_inside_seconds_bucket{api="Produce",le="0.001"} 0)"));
    BOOST_TEST(has_line(text, R"(bkes_request_inside_seconds_bucket{api="Produce",le="0.003"} 2)"));
    BOOST_TEST(has_line(text, R"(bkes_request_inside_seconds_count{api="Produce"} 2)"));
    BOOST_TEST(!text.contains("Fetch"), "nobody asked for it");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_no_api_is_not_counted) {
    session_counts counts;
    BOOST_TEST(counts.of(std::int16_t{-1}) == nullptr);
    BOOST_TEST(counts.of(std::int16_t{32'000}) == nullptr);
}

BOOST_AUTO_TEST_CASE(each_cause_of_a_rebuild_has_a_series) {
    sync::rebuild_counts rebuilds;
    rebuilds.add(sync::rebuild_cause::older_format);
    metric_families families;
    add_rebuild_metrics(rebuilds, families);
    const auto text = metrics_text(families);
    BOOST_TEST(has_line(text, R"(bkes_store_rebuilds_total{cause="older_format"} 1)"), text);
    BOOST_TEST(has_line(text, R"(bkes_store_rebuilds_total{cause="log_was_cut"} 0)"), text);
}

BOOST_AUTO_TEST_CASE(the_process_is_there_whatever_serves) {
    metric_families families;
    add_process_metrics(families);
    const auto text = metrics_text(families);
    BOOST_TEST(has_line(text, "bkes_build_info{version=\"" BKES_VERSION "\"} 1"), text);
    for (const auto* const name :
         {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ",
          "process_threads ", "process_start_time_seconds "}) {
        BOOST_TEST(text.contains(name), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
