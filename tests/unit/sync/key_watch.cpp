#include "sync/key_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <map>
#include <thread>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct fixture {
    boost::asio::io_context context{1};
    std::map<bytes, std::atomic<std::int64_t>, std::less<>> orders;
    std::shared_ptr<const int> session = std::make_shared<const int>(1);
    std::shared_ptr<key_watch> watch =
        std::make_shared<key_watch>([this](bytes_view, bytes_view key) {
            const auto found = orders.find(key);
            return event_order{found == orders.end() ? 0 : found->second.load()};
        });

    void wait(bytes_view key, std::int64_t order, std::optional<bool>& outcome,
              std::chrono::milliseconds limit = 10s) {
        watch->wait("t", key, event_order{order}, steady_clock::now() + limit, context, session,
                    [&outcome](bool reached) { outcome = reached; });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_key_watch, fixture)

BOOST_AUTO_TEST_CASE(answers_at_once_what_is_reached_but_not_inside_the_call) {
    orders["k"] = 3;
    std::optional<bool> outcome;
    wait("k", 3, outcome);
    BOOST_TEST(!outcome.has_value());
    context.run();
    BOOST_TEST(outcome.value());
    BOOST_TEST(!watch->in_use());
}

BOOST_AUTO_TEST_CASE(wakes_only_those_whose_order_is_reached) {
    std::optional<bool> first;
    std::optional<bool> second;
    std::optional<bool> other;
    wait("k", 1, first);
    wait("k", 2, second, 300ms);
    wait("x", 1, other, 300ms);
    orders["k"] = 1;
    watch->grown("t", "k");
    context.poll();
    BOOST_TEST(first.value());
    BOOST_TEST(!second.has_value());
    context.run();
    BOOST_TEST(!second.value());
    BOOST_TEST(!other.value());
    BOOST_TEST(!watch->in_use());
}

BOOST_AUTO_TEST_CASE(keys_of_other_topics_are_others) {
    std::optional<bool> outcome;
    wait("k", 1, outcome, 100ms);
    orders["k"] = 1;
    watch->grown("u", "k");
    context.run();
    BOOST_TEST(!outcome.value());
}

BOOST_AUTO_TEST_CASE(a_gone_session_is_not_called) {
    std::optional<bool> outcome;
    wait("k", 1, outcome);
    session.reset();
    orders["k"] = 1;
    watch->grown("t", "k");
    context.run();
    BOOST_TEST(!outcome.has_value());
}

BOOST_AUTO_TEST_CASE(over_the_limit_waiters_are_answered_at_once) {
    watch = std::make_shared<key_watch>([](bytes_view, bytes_view) { return event_order{0}; }, 1);
    std::optional<bool> first;
    std::optional<bool> second;
    wait("k", 1, first, 100ms);
    wait("k", 1, second);
    context.poll();
    BOOST_TEST(!first.has_value());
    BOOST_TEST(!second.value());
    context.run();
}

BOOST_AUTO_TEST_CASE(growth_on_another_thread_is_never_missed) {
    orders["k"] = 0;
    for (int round = 1; round <= 2'000; ++round) {
        std::optional<bool> outcome;
        std::thread writer{[this, round] {
            orders.find("k")->second = round;
            watch->grown("t", "k");
        }};
        wait("k", round, outcome);
        writer.join();
        context.restart();
        context.run();
        BOOST_REQUIRE(outcome.value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
