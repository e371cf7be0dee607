#include "sync/types/busy_poll.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// A message that comes in a moment: whether `run` is there when it does. Others may need the
/// processor just then, so there are many chances.
bool is_ever_caught(busy_poll& polled, boost::asio::io_context& context, bool is_expected) {
    const auto end = steady_clock::now() + (is_expected ? 10s : 100ms);
    bool is_running = false;
    bool is_caught = false;
    while (!is_caught && steady_clock::now() < end) {
        boost::asio::steady_timer message{context, 200us};
        message.async_wait([&](boost::system::error_code) { is_caught = is_running; });
        if (is_expected) {
            polled.sent();
        }
        is_running = true;
        polled.run();
        is_running = false;
        if (!is_caught) {
            message.cancel();
            context.run_one();
        }
        context.restart();
    }
    return is_caught;
}

std::size_t left_out(poll_backoff& backoff) {
    std::size_t count = 0;
    while (!backoff.tries()) {
        ++count;
    }
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_types_busy_poll)

BOOST_AUTO_TEST_CASE(what_is_expected_is_looked_for) {
    boost::asio::io_context context{1};
    auto& polled = boost::asio::make_service<busy_poll>(context, 20'000us);
    BOOST_TEST(is_ever_caught(polled, context, true));
}

BOOST_AUTO_TEST_CASE(nothing_is_looked_for_that_is_not_expected) {
    boost::asio::io_context context{1};
    auto& polled = boost::asio::make_service<busy_poll>(context, 20'000us);
    BOOST_TEST(!is_ever_caught(polled, context, false));
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_is_looked_for) {
    boost::asio::io_context context{1};
    auto& polled = busy_poll::of(context);
    polled.sent();
    boost::asio::steady_timer message{context, 0us};
    message.async_wait([](boost::system::error_code) { BOOST_ERROR("it was looked for"); });
    polled.run();
    message.cancel();
}

BOOST_AUTO_TEST_CASE(what_is_in_vain_is_tried_less_and_less) {
    poll_backoff backoff;
    BOOST_TEST(left_out(backoff) == 0U);
    for (const std::size_t expected : {1U, 3U, 7U, 15U, 31U, 63U, 127U, 255U, 255U}) {
        backoff.missed();
        BOOST_TEST(left_out(backoff) == expected);
    }
    backoff.hit();
    BOOST_TEST(left_out(backoff) == 0U);
    backoff.missed();
    BOOST_TEST(left_out(backoff) == 1U);
    backoff.disturbed();
    BOOST_TEST(left_out(backoff) == 255U);
}

BOOST_AUTO_TEST_SUITE_END()
