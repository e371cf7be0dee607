#include "proxy/config/broker_host.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace bkes;
using namespace bkes::proxy;

constexpr std::string_view pattern = "broker-$(id).bkes.example";

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_config_broker_host)

BOOST_AUTO_TEST_CASE(a_name_with_one_place_for_the_number) {
    for (const auto* good :
         {"broker-$(id).bkes.example", "$(id)", "$(id).example", "b.$(id)", "B-$(id)-x.Example"}) {
        BOOST_TEST_CONTEXT(good) {
            BOOST_TEST(is_broker_host(good));
        }
    }
    for (const auto* bad : {"", "bkes.example", "$(id)$(id)", "$(id).$(id)", "-$(id).example",
                            "$(id)-.example", "b_$(id).example", "$(id)..example", ".$(id)",
                            "$(id).", "b $(id)", "$(id):9092", "*.$(id)", "$(ID).example"}) {
        BOOST_TEST_CONTEXT(bad) {
            BOOST_TEST(!is_broker_host(bad));
        }
    }
    BOOST_TEST(is_broker_host(std::string(53, 'x') + "$(id)"));  // 63 with the longest number
    BOOST_TEST(!is_broker_host(std::string(54, 'x') + "$(id)"));
}

BOOST_AUTO_TEST_CASE(there_and_back) {
    BOOST_TEST(host_of_broker(pattern, node_id{7}) == "broker-7.bkes.example");
    for (const int id : {0, 7, 2'147'483'647}) {
        BOOST_TEST((broker_of_host(pattern, host_of_broker(pattern, node_id{id})) == node_id{id}));
    }
    BOOST_TEST((broker_of_host(pattern, "Broker-7.BKES.example") == node_id{7}));
    BOOST_TEST((broker_of_host(pattern, "broker-7.bkes.example.") == node_id{7}));
    BOOST_TEST((broker_of_host("$(id)", "12") == node_id{12}));
}

BOOST_AUTO_TEST_CASE(other_names_are_no_brokers) {
    for (const auto* other :
         {"", ".", "bkes.example", "broker-.bkes.example", "broker-07.bkes.example",
          "broker-+7.bkes.example", "broker--7.bkes.example", "broker-7x.bkes.example",
          "broker-2147483648.bkes.example", "xbroker-7.bkes.example", "broker-7.bkes.example.com",
          "broker-7.bkes.exampl", "broker-7.bkes-example", "broker-7.bkes.example.."}) {
        BOOST_TEST_CONTEXT(other) {
            BOOST_TEST(!broker_of_host(pattern, other));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
