#include "proxy/session/answers_owed.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace bkes;
using namespace bkes::proxy;

answer_id add(answers_owed& owed, bool awaits_upstream) {
    owed_answer entry;
    entry.awaits_upstream = awaits_upstream;
    return owed.add(std::move(entry));
}

bytes joined(answers_owed& owed) {
    bytes all;
    for (const auto& entry : owed.take_ready()) {
        all += entry.frame;
    }
    return all;
}

BOOST_AUTO_TEST_SUITE(proxy_answers_owed)

BOOST_AUTO_TEST_CASE(answers_leave_in_the_order_of_the_requests) {
    answers_owed owed;
    const auto first = add(owed, true);
    const auto second = add(owed, false);
    const auto third = add(owed, true);
    owed.complete(third, "3");
    owed.complete(second, "2");
    BOOST_TEST(joined(owed).empty());
    BOOST_TEST(owed.ready_bytes() == 2U);
    owed.complete(first, "1");
    BOOST_TEST(joined(owed) == "123");
    BOOST_TEST(owed.empty());
    BOOST_TEST(owed.ready_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(upstream_responses_belong_to_upstream_requests_in_order) {
    answers_owed owed;
    add(owed, false);
    const auto asked = add(owed, true);
    const auto asked_later = add(owed, true);
    BOOST_TEST((owed.first_awaiting_upstream()->id == asked));
    BOOST_TEST(!owed.is_front(*owed.first_awaiting_upstream()));
    owed.first_awaiting_upstream()->awaits_upstream = false;
    BOOST_TEST((owed.first_awaiting_upstream()->id == asked_later));
}

BOOST_AUTO_TEST_CASE(what_waits_for_an_upstream_that_ended_goes_with_all_behind_it) {
    answers_owed owed;
    const auto first = add(owed, false);
    add(owed, true);
    const auto behind = add(owed, false);
    owed.complete(behind, "behind");
    owed.hold(behind, 5);
    owed.drop_unanswerable();
    BOOST_TEST(owed.size() == 1U);
    BOOST_TEST(owed.ready_bytes() == 0U);
    BOOST_TEST(owed.held_bytes() == 0U);
    BOOST_TEST(!owed.complete(behind, "again"));
    owed.complete(first, "1");
    BOOST_TEST(joined(owed) == "1");
}

BOOST_AUTO_TEST_CASE(what_is_held_for_an_answer_goes_with_it) {
    answers_owed owed;
    const auto work = std::make_shared<int>(1);
    const auto id = add(owed, false);
    owed.find(id)->work = work;
    owed.hold(id, 100);
    BOOST_TEST(owed.held_bytes() == 100U);
    BOOST_TEST(work.use_count() == 2);
    owed.complete(id, "1");
    BOOST_TEST(owed.held_bytes() == 0U);
    BOOST_TEST(work.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_for_nobody_is_ignored) {
    answers_owed owed;
    const auto id = add(owed, false);
    owed.complete(id, "1");
    BOOST_TEST(joined(owed) == "1");
    BOOST_TEST(!owed.complete(id, "again"));
    BOOST_TEST(owed.ready_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(is_bounded) {
    answers_owed owed;
    while (!owed.is_full()) {
        add(owed, true);
    }
    BOOST_TEST(owed.size() == answers_owed::entries_max);
}

BOOST_AUTO_TEST_CASE(the_clock_is_read_once_and_only_for_what_went_to_the_broker) {
    using time_point = owed_answer::time_point;
    answers_owed owed;
    int readings = 0;
    const auto now = [&readings] { return time_point{} + std::chrono::seconds{++readings}; };
    const auto own = add(owed, false);
    owed.passed_on(now);
    BOOST_TEST(readings == 0);
    BOOST_TEST((owed.find(own)->passed_on_at == owed.find(own)->taken_at));
    const auto first = add(owed, true);
    const auto between = add(owed, false);
    const auto second = add(owed, true);
    owed.passed_on(now);
    owed.passed_on(now);
    BOOST_TEST(readings == 1);
    for (const auto id : {first, second}) {
        BOOST_TEST((owed.find(id)->passed_on_at == time_point{} + std::chrono::seconds{1}));
    }
    BOOST_TEST((owed.find(between)->passed_on_at == owed.find(between)->taken_at));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
