#include "proxy/server/loopback_pair.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(proxy_server_loopback_pair)

BOOST_AUTO_TEST_CASE(what_one_end_says_the_other_hears) {
    boost::asio::io_context first;
    boost::asio::io_context second;
    auto ends = bkes::proxy::make_loopback_pair(first, second);
    BOOST_REQUIRE(ends);
    auto& [near, far] = *ends;
    BOOST_TEST((&near.get_executor().target<boost::asio::io_context::executor_type>()->context() ==
                &first));
    boost::asio::write(near, boost::asio::buffer("ask", 3));
    std::string heard(3, ' ');
    boost::asio::read(far, boost::asio::buffer(heard));
    BOOST_TEST(heard == "ask");
    boost::asio::write(far, boost::asio::buffer("say", 3));
    boost::asio::read(near, boost::asio::buffer(heard));
    BOOST_TEST(heard == "say");
}

BOOST_AUTO_TEST_SUITE_END()
