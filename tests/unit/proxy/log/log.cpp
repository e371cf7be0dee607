#include "proxy/log/log.hpp"

#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>

#include <regex>
#include <sstream>

BOOST_AUTO_TEST_SUITE(proxy_log)

using namespace bkes::proxy;

namespace {

std::string line_of(spdlog::level::level_enum level, const std::string& message,
                    log_colours colours = log_colours::none) {
    std::ostringstream out;
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out);
    sink->set_formatter(make_log_formatter(colours));
    spdlog::logger logger{"proxy", sink};
    logger.set_level(spdlog::level::trace);
    logger.log(level, message);
    return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(writes_time_level_component_and_message) {
    const std::regex expected{
        R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  proxy  listening port=1\n)"};
    BOOST_TEST(std::regex_match(line_of(spdlog::level::info, "listening port=1"), expected));
    BOOST_TEST(line_of(spdlog::level::err, "x").contains("Z error proxy  x\n"));
    BOOST_TEST(line_of(spdlog::level::warn, "x").contains("Z warn  proxy  x\n"));
}

BOOST_AUTO_TEST_CASE(keeps_a_message_on_one_line) {
    BOOST_TEST(line_of(spdlog::level::info, "a\r\nb\x1b[31m").ends_with("a\\x0d\\x0ab\\x1b[31m\n"));
}

BOOST_AUTO_TEST_CASE(colours_are_for_what_somebody_should_see) {
    BOOST_TEST(
        line_of(spdlog::level::info, "x", log_colours::of_levels).contains("Z info  proxy  x\n"));
    BOOST_TEST(line_of(spdlog::level::warn, "x", log_colours::of_levels)
                   .contains("Z \x1b[33mwarn \x1b[0m proxy  x\n"));
    BOOST_TEST(line_of(spdlog::level::err, "x", log_colours::of_levels)
                   .contains("Z \x1b[31merror\x1b[0m proxy  x\n"));
}

BOOST_AUTO_TEST_CASE(level_counts_for_loggers_made_before_and_after) {
    auto& before = log_of("before");
    BOOST_TEST(before.level() == spdlog::level::warn);
    start_log(log_level::debug);
    BOOST_TEST(before.level() == spdlog::level::debug);
    BOOST_TEST(log_of("after").level() == spdlog::level::debug);
    BOOST_TEST(&log_of("before") == &before);
    start_log(log_level::warn);
}

BOOST_AUTO_TEST_SUITE_END()
