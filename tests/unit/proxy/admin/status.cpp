#include "proxy/admin/status.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace bkes;
using namespace bkes::proxy;
using sync::partition_state;

const std::vector<seen_partition> two{
    {"bkes",
     partition_id{0},
     {.state = partition_state::ready, .next_offset = log_offset{7}, .end_offset = log_offset{7}}},
    {"customers",
     partition_id{11},
     {.state = partition_state::catching_up,
      .next_offset = log_offset{1},
      .end_offset = log_offset{100}}}};

const instance_facts facts{.instance_id = "b1", .phase = service_phase::serving, .connections = 3};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_admin_status)

BOOST_AUTO_TEST_CASE(as_json) {
    const auto status = status_json(facts, two);
    BOOST_TEST(
        (boost::json::parse(status) == boost::json::parse(R"({"version":")" BKES_VERSION R"(",
        "instance":"b1","phase":"serving","ready":false,"connections":3,"partitions":[
        {"topic":"bkes","partition":0,"state":"ready","stored_offset":7,"end_offset":7,"lag":0},
        {"topic":"customers","partition":11,"state":"catching_up","stored_offset":1,"end_offset":100,
         "lag":99}]})")));
    BOOST_TEST(!is_ready(status));
    BOOST_TEST(is_ready(status_json(facts, std::span{two}.first(1))));
}

BOOST_AUTO_TEST_CASE(who_starts_or_ends_is_not_ready) {
    for (const auto phase : {service_phase::starting, service_phase::draining}) {
        BOOST_TEST(!is_ready(status_json({.phase = phase}, {})));
    }
}

BOOST_AUTO_TEST_CASE(as_a_table) {
    BOOST_TEST(
        status_text(status_json(facts, two)) ==
        "bkes " BKES_VERSION
        " instance=b1 phase=serving ready=no connections=3\n"
        "TOPIC      PARTITION  STATE                     STORED-OFFSET  LOG-END-OFFSET        LAG\n"
        "bkes               0  ready                                 7               7          0\n"
        "customers         11  catching_up                           1             100         "
        "99\n");
    BOOST_TEST(status_text(status_json(facts, {})).ends_with("connections=3\n"));
}

BOOST_AUTO_TEST_CASE(what_something_else_says_is_no_status) {
    for (const auto* const text : {"", "<html>", "[]", "{}", R"({"ready":1})",
                                   R"({"version":1,"instance":"","phase":"","ready":false})"}) {
        BOOST_TEST(status_text(text).empty());
        BOOST_TEST(!is_ready(text));
    }
}

BOOST_AUTO_TEST_SUITE_END()
