#include "proxy/log/json_line.hpp"

#include "proxy/log/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace {

using namespace bkes::proxy;

boost::json::object json_of(spdlog::level::level_enum level, std::string_view message) {
    std::ostringstream out;
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out);
    sink->set_formatter(make_json_formatter());
    spdlog::logger logger{"sync", sink};
    logger.log(level, message);
    const auto line = out.str();
    BOOST_TEST(line.find('\n') == line.size() - 1);
    return boost::json::parse(line).as_object();
}

std::string field(const boost::json::object& line, std::string_view name) {
    return std::string{line.at(name).as_string()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_log_json_line)

BOOST_AUTO_TEST_CASE(words_and_pairs_are_told_apart) {
    const auto line = json_of(spdlog::level::warn, "broker moved broker=2 address=k2:9092");
    BOOST_TEST(field(line, "level") == "warn");
    BOOST_TEST(field(line, "component") == "sync");
    BOOST_TEST(field(line, "message") == "broker moved");
    BOOST_TEST(field(line, "broker") == "2");
    BOOST_TEST(field(line, "address") == "k2:9092");
    BOOST_TEST(field(line, "time").size() == std::string{"2026-11-23T22:15:01.123Z"}.size());
}

BOOST_AUTO_TEST_CASE(quoted_values_come_back_whole) {
    const auto line = json_of(spdlog::level::info,
                              "append refused text=" + in_quotes("a \"b\" \\ c=d") + " client=x");
    BOOST_TEST(field(line, "text") == "a \"b\" \\ c=d");
    BOOST_TEST(field(line, "client") == "x");
    BOOST_TEST(field(line, "message") == "append refused");
}

BOOST_AUTO_TEST_CASE(a_peer_forges_no_field_and_no_line) {
    const auto line = json_of(spdlog::level::err, "closed reason=\"x\xff\n\",\"level\":\"info");
    BOOST_TEST(field(line, "level") == "error");
    const auto own = json_of(spdlog::level::info, "closed level=none time=never");
    BOOST_TEST(field(own, "level") == "info");
    BOOST_TEST(field(own, "time") != "never");
}

BOOST_AUTO_TEST_CASE(the_words_and_the_cause_tell_which_event_it_is) {
    BOOST_TEST(event_of("broker moved broker=2 a b=c") == "broker moved");
    BOOST_TEST(event_of("connection closed cause=idle client=x") == "connection closed cause=idle");
    BOOST_TEST(event_of("closed client=x cause=idle") == "closed cause=idle");
    BOOST_TEST(event_of("stopped") == "stopped");
    BOOST_TEST(event_of("a=1").empty());
    BOOST_TEST(event_of("").empty());
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_no_error) {
    BOOST_TEST(field(json_of(spdlog::level::info, "a text=\"without end"), "text") ==
               "without end");
    BOOST_TEST(field(json_of(spdlog::level::info, "a text=\"cut\"... b=c"), "text") == "cut...");
    BOOST_TEST(field(json_of(spdlog::level::info, ""), "message").empty());
}

BOOST_AUTO_TEST_SUITE_END()
