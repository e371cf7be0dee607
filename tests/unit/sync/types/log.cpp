#include "sync/types/log.hpp"

#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>

BOOST_AUTO_TEST_SUITE(sync_types_log)

BOOST_AUTO_TEST_CASE(lines_go_to_the_component_or_else_to_the_log_of_all) {
    using bkes::sync::sync_log;
    BOOST_TEST(&sync_log() == spdlog::default_logger_raw());
    std::ostringstream out;
    spdlog::logger component{"sync", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)};
    bkes::sync::log_to(&component);
    sync_log().info("moved");
    bkes::sync::log_to(nullptr);
    BOOST_TEST(out.str().contains("[sync]"));
    BOOST_TEST(out.str().contains("moved"));
    BOOST_TEST(&sync_log() == spdlog::default_logger_raw());
}

BOOST_AUTO_TEST_SUITE_END()
