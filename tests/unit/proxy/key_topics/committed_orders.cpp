// What groups commit for key topics: remembered within bounds.

#include "proxy/key_topics/committed_orders.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bkes::proxy {

namespace {

constexpr uuid topic{.octets = {1}};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_committed_orders)

BOOST_AUTO_TEST_CASE(remembers_the_last_commit_of_each_group) {
    committed_orders orders;
    BOOST_TEST(!orders.find("g", "t.key.a", topic));
    orders.commit("g", "t.key.a", topic, event_order{3});
    orders.commit("h", "t.key.a", topic, event_order{5});
    orders.commit("g", "t.key.b", topic, event_order{7});
    orders.commit("g", "t.key.a", topic, event_order{2});
    BOOST_TEST(orders.find("g", "t.key.a", topic)->value() == 2);
    BOOST_TEST(orders.find("h", "t.key.a", topic)->value() == 5);
    BOOST_TEST(orders.find("g", "t.key.b", topic)->value() == 7);
    BOOST_TEST(!orders.find("h", "t.key.b", topic));
}

BOOST_AUTO_TEST_CASE(a_group_s_name_is_not_taken_for_a_part_of_a_topic_s) {
    committed_orders orders;
    orders.commit("g", "t.key.a", topic, event_order{3});
    BOOST_TEST(!orders.find("ag", "t.key.", topic));
    BOOST_TEST(!orders.find("", "t.key.ag", topic));
}

BOOST_AUTO_TEST_CASE(a_topic_that_was_made_anew_is_another_one) {
    committed_orders orders;
    constexpr uuid anew{.octets = {2}};
    orders.commit("g", "t.key.a", topic, event_order{3});
    BOOST_TEST(!orders.find("g", "t.key.a", anew));
    orders.commit("g", "t.key.a", anew, event_order{1});
    BOOST_TEST(orders.find("g", "t.key.a", anew)->value() == 1);
    BOOST_TEST(!orders.find("g", "t.key.a", topic));
}

BOOST_AUTO_TEST_CASE(forgets_what_was_used_least_recently) {
    committed_orders orders{2000};
    for (int n = 0; n < 8; ++n)
        orders.commit("g" + std::to_string(n), "t.key.a", topic, event_order{n});
    BOOST_TEST(orders.find("g0", "t.key.a", topic)->value() == 0);
    for (int n = 8; n < 14; ++n)
        orders.commit("g" + std::to_string(n), "t.key.a", topic, event_order{n});
    BOOST_TEST(orders.find("g0", "t.key.a", topic).has_value());
    BOOST_TEST(!orders.find("g1", "t.key.a", topic));
    BOOST_TEST(orders.find("g13", "t.key.a", topic).has_value());
    orders.commit(std::string(3000, 'g'), "t.key.a", topic, event_order{1});
    BOOST_TEST(!orders.find("g13", "t.key.a", topic));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::proxy
