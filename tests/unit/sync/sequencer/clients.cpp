// Waiting: gates, deadlines, clients that go, limits, the end.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

namespace bkes::tests {

namespace {

sync::append until(sync::judged_event record, int hold_ms, int answer_ms) {
    return {.records = {record},
            .size_bytes = 100,
            .memory_bytes = 100,
            .hold_until = at(hold_ms),
            .answer_until = at(answer_ms)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_sequencer_clients)

BOOST_AUTO_TEST_CASE(judges_and_sends_nothing_while_suspended) {
    sequencer_bench b;
    b.machine.suspend();
    const auto conflict = b.submit({event("k", 4)});
    b.submit({event("k", 0)});
    BOOST_TEST(b.take().empty());
    BOOST_TEST(!b.answered(conflict));
    BOOST_TEST(b.machine.counts().waiting_appends == 2U);
    BOOST_TEST(b.machine.counts().waiting_bytes == 200U);
    b.machine.resume();
    BOOST_TEST(b.sent_now() == ids{2});
    BOOST_TEST(b.outcome(conflict) == append_outcome::order_conflict);
    BOOST_TEST(b.machine.counts().waiting_appends == 0U);
}

BOOST_AUTO_TEST_CASE(what_waits_unsent_too_long_is_not_ready_and_never_sent) {
    sequencer_bench b;
    b.machine.suspend();
    const auto late = b.submit(until(event("k", 0), 10, 50));
    const auto patient = b.submit(until(event("k", 0), 30, 50));
    b.machine.expire(at(9));
    b.take();
    BOOST_TEST(!b.answered(late));
    b.machine.expire(at(10));
    b.take();
    BOOST_TEST(b.outcome(late) == append_outcome::not_ready);
    b.machine.resume();
    BOOST_TEST(b.sent_now() == ids{patient.value()});
}

BOOST_AUTO_TEST_CASE(what_depended_on_an_expired_one_is_judged_again) {
    sequencer_bench b;
    b.submit({event("x", 0)});
    b.sent_now();
    b.submit(until(event("k", 0), 10, 50));
    const auto behind = b.submit({event("k", 1)});
    const auto rival = b.submit({event("k", 0)});
    b.take();
    b.machine.expire(at(10));
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{rival.value()});
    // Judged again in its turn: with nothing undecided it is a conflict.
    BOOST_TEST(b.outcome(behind) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(behind).expected.value() == 0);
}

BOOST_AUTO_TEST_CASE(a_sent_one_times_out_and_is_still_driven_to_its_end) {
    sequencer_bench b;
    auto request = until(event("k", 0), 10, 50);
    request.sequence = sequence(1, 0, 0);
    const auto late = b.submit(request);
    b.sent_now();
    b.machine.expire(at(20));
    b.take();
    BOOST_TEST(!b.answered(late));
    b.machine.expire(at(50));
    b.take();
    BOOST_TEST(b.outcome(late) == append_outcome::timed_out);
    BOOST_TEST(!b.released.contains(late));
    const auto again = b.submit({event("k", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.sent_now().empty());
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(again) == append_outcome::written);
    BOOST_TEST(b.released.contains(late));
}

BOOST_AUTO_TEST_CASE(a_resend_of_something_undecided_times_out_rather_than_being_not_ready) {
    sequencer_bench b;
    b.submit({event("k", 0, "id")});
    b.sent_now();
    const auto again = b.submit(until(event("k", 0, "id"), 10, 50));
    b.take();
    b.machine.expire(at(10));
    b.take();
    BOOST_TEST(b.outcome(again) == append_outcome::timed_out);
}

BOOST_AUTO_TEST_CASE(a_batch_taken_back_after_its_hold_time_is_not_ready) {
    sequencer_bench b;
    const auto late = b.submit(until(event("k", 0), 10, 50));
    b.sent_now();
    b.machine.expire(at(20));
    b.machine.suspend();
    b.machine.not_written(b.last);
    b.machine.expire(at(21));
    b.take();
    BOOST_TEST(b.outcome(late) == append_outcome::not_ready);
}

BOOST_AUTO_TEST_CASE(drops_what_a_gone_client_has_not_sent_and_only_that) {
    sequencer_bench b;
    const auto sent = b.submit({event("a", 0)});
    b.sent_now();
    const auto unsent = b.submit({event("b", 0)});
    b.take();
    b.machine.cancel(sent);
    b.machine.cancel(unsent);
    b.ack_and_store();
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.answers.empty());
    BOOST_TEST(b.released.size() == 2U);
    BOOST_TEST(b.machine.counts().undecided_keys == 0U);
}

BOOST_AUTO_TEST_CASE(what_follows_a_cancelled_one_of_its_producer_is_to_come_again) {
    sequencer_bench b;
    b.machine.suspend();
    const auto gone = b.submit({event("a", 0)}, sequence(1, 0, 0));
    const auto behind = b.submit({event("b", 0)}, sequence(1, 0, 1));
    b.machine.cancel(gone);
    const auto later = b.submit({event("c", 0)}, sequence(1, 0, 2));
    b.take();
    BOOST_TEST(b.outcome(behind) == append_outcome::not_ready);
    BOOST_TEST(b.outcome(later) == append_outcome::not_ready);
}

BOOST_AUTO_TEST_CASE(waiting_is_bounded_in_count_and_bytes) {
    sequencer_bench b{sync::sequencer_options{.partition = home, .waiting_appends_max = 2}};
    b.machine.suspend();
    b.submit({event("a", 0)});
    b.submit({event("b", 0)});
    const auto third = b.submit({event("c", 0)});
    b.take();
    BOOST_TEST(b.outcome(third) == append_outcome::not_ready);

    sequencer_bench bytes{sync::sequencer_options{.partition = home, .waiting_bytes_max = 150}};
    bytes.machine.suspend();
    bytes.submit({event("a", 0)});
    const auto second = bytes.submit({event("b", 0)});
    bytes.take();
    BOOST_TEST(bytes.outcome(second) == append_outcome::not_ready);
    bytes.machine.resume();
    BOOST_TEST(bytes.sent_now() == ids{1});
}

/// Somebody's transaction is open, or no leader is there, and clients come all the time.
BOOST_AUTO_TEST_CASE(an_hour_without_a_gate_leaves_nothing_behind) {
    sequencer_bench b;
    b.machine.suspend();
    constexpr int hour_s = 3'600;
    for (int second = 0; second < hour_s; ++second) {
        for (int i = 0; i < 20; ++i) {
            const auto id = b.submit({.records = {event("k", i)},
                                      .sequence = sequence(i, 0, second),
                                      .size_bytes = 10,
                                      .memory_bytes = 100,
                                      .hold_until = at(1'000 * (second + 5))});
            if (i % 4 == 0) b.machine.cancel(id);
        }
        b.machine.expire(at(1'000 * second));
        b.take();
        BOOST_TEST_REQUIRE(b.machine.counts().waiting_appends <= 20U * 6U);
    }
    b.machine.expire(at(1'000 * (hour_s + 5)));
    b.take();
    BOOST_TEST(b.machine.counts().waiting_bytes == 0U);
    BOOST_TEST(b.machine.counts().undecided_keys == 0U);
    BOOST_TEST(b.released.size() == 20U * hour_s);
}

BOOST_AUTO_TEST_CASE(one_larger_than_all_that_may_wait_comes_in_when_nothing_else_waits) {
    sequencer_bench b{sync::sequencer_options{.partition = home, .waiting_bytes_max = 150}};
    const sync::append large{
        .records = {event("a", order_condition::any())}, .size_bytes = 10, .memory_bytes = 1'000};
    const auto first = b.submit(large);
    const auto second = b.submit(large);
    BOOST_TEST(b.sent_now() == ids{first.value()});
    BOOST_TEST(b.outcome(second) == append_outcome::not_ready);
    BOOST_TEST(b.machine.counts().waiting_bytes == 0U);  // what is sent doesn't wait
    b.submit(large);
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{3});
}

BOOST_AUTO_TEST_CASE(resends_that_join_keep_no_bytes) {
    sequencer_bench b;
    b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto again = b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto done = b.machine.take_actions(0);
    BOOST_TEST((done.joined == std::vector{again}));
    BOOST_TEST(done.released.empty());
    BOOST_TEST(b.machine.counts().waiting_bytes == 100U);
}

BOOST_AUTO_TEST_CASE(a_fenced_one_answers_the_unsent_and_settles_what_is_in_flight) {
    sequencer_bench b{2};
    const auto found = b.submit({event("a", 0)});
    b.sent_now();
    const auto lost = b.submit({event("b", 0)});
    b.sent_now();
    const auto unsent = b.submit({event("c", 0)});
    b.take();
    b.machine.close(sync::close_reason::fenced);
    const auto late = b.submit({event("d", 0)});
    b.take();
    BOOST_TEST(b.outcome(unsent) == append_outcome::not_owner);
    BOOST_TEST(b.outcome(late) == append_outcome::not_owner);
    BOOST_TEST(!b.answered(found));
    b.ack(batch_id{1});
    b.machine.not_written(batch_id{2});
    b.store();
    BOOST_TEST(b.take().empty());
    BOOST_TEST(b.outcome(found) == append_outcome::written);
    BOOST_TEST(b.outcome(lost) == append_outcome::not_owner);
}

BOOST_AUTO_TEST_CASE(shutting_down_lets_clients_come_again) {
    sequencer_bench b;
    b.machine.suspend();
    const auto a = b.submit({event("a", 0)});
    b.machine.close(sync::close_reason::shutting_down);
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::not_ready);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
