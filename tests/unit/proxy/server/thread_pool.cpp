#include "proxy/server/thread_pool.hpp"

#include "tests/unit/proxy/session/session_world.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <new>
#include <stdexcept>

BOOST_AUTO_TEST_SUITE(proxy_thread_pool)

using namespace bkes::proxy;

// One handler's exception ended the process, and with it every connection.
BOOST_AUTO_TEST_CASE(goes_on_after_a_handler_that_throws) {
    const bkes::proxy::tests::log_lines log;
    thread_pool threads{2, std::chrono::microseconds{0}};
    std::atomic<int> done{0};
    const auto finish = [&] {
        if (++done == 2) {
            threads.stop();
        }
    };
    for (auto* context : threads.contexts()) {
        boost::asio::post(*context, [] { throw std::runtime_error{"out of luck"}; });
        boost::asio::post(*context, [] { throw std::bad_alloc{}; });
        boost::asio::post(*context, [] { throw 7; });  // NOLINT: by somebody else's code
        boost::asio::post(*context, finish);
    }
    threads.run();
    BOOST_TEST(done == 2);
    BOOST_TEST(log.count("unexpected exception") == 6U);
    BOOST_TEST(log.count("out of luck") == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
