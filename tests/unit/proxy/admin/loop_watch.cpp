#include "proxy/admin/loop_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace {

using bkes::proxy::loop_watch;
using namespace std::chrono_literals;

struct fixture {
    boost::asio::io_context first{1};
    boost::asio::io_context second{1};
    std::array<boost::asio::io_context*, 2> contexts{&first, &second};
    loop_watch loops{contexts};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_admin_loop_watch, fixture)

BOOST_AUTO_TEST_CASE(a_loop_that_stands_still_is_named) {
    loops.start();
    BOOST_TEST(loops.stuck(loop_watch::clock::now()).empty());
    const auto later = loop_watch::clock::now() + loop_watch::patience;
    first.run_for(1500ms);  // it notes the time once
    BOOST_TEST(loops.stuck(later) == std::vector<std::size_t>{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
