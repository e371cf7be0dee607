// Which appends had to wait, and for what: told once for each.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

namespace bkes::tests {

namespace {

using holds = std::map<sync::hold_cause, int>;
using sync::hold_cause;

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_sequencer_holds)

BOOST_AUTO_TEST_CASE(who_is_judged_at_once_was_not_held) {
    sequencer_bench b;
    b.submit({event("k", 0)});
    b.submit({event("k", 1)});
    b.sent_now();
    b.ack_and_store();
    b.submit({event("k", 7)});
    b.take();
    BOOST_TEST(b.holds.empty());
}

BOOST_AUTO_TEST_CASE(who_comes_while_nothing_is_judged_and_who_was_not_sent_by_then) {
    sequencer_bench b;
    b.submit({event("sent", 0)});
    b.sent_now();
    b.submit({event("unsent", 0)});
    b.machine.suspend();
    b.submit({event("late", 0)});
    b.machine.resume();
    b.machine.suspend();
    b.take();
    BOOST_TEST((b.holds == holds{{hold_cause::not_ready, 2}}));
    b.machine.resume();
    b.ack_and_store();
    b.sent_now();
    b.ack_and_store();
    b.take();
    BOOST_TEST((b.holds == holds{{hold_cause::not_ready, 2}}));
}

BOOST_AUTO_TEST_CASE(an_order_that_may_come_to_fit_is_held_once_however_often_it_is_judged) {
    sequencer_bench b;
    b.submit({event("k", 0)});
    b.sent_now();
    const auto early = b.submit({event("k", 3)});
    b.take();
    b.submit({event("k", 1)});
    b.take();
    BOOST_TEST(!b.answered(early));
    b.machine.head_changed("k");
    b.take();
    BOOST_TEST(!b.answered(early));
    BOOST_TEST((b.holds == holds{{hold_cause::order, 1}}));
}

BOOST_AUTO_TEST_CASE(a_batch_behind_one_that_is_held_and_one_that_lives_elsewhere) {
    sequencer_bench b;
    b.submit({event("k", 0)});
    b.sent_now();
    b.submit({event("k", 0)}, sequence(5, 0, 0));
    b.submit({event("other", 0)}, sequence(5, 0, 1));
    b.heads.add("away", partition_id{1}, log_offset{0});
    b.submit(sync::append{.records = {event("away", 1)},
                          .size_bytes = 100,
                          .memory_bytes = 100,
                          .may_be_redirected = true});
    b.take();
    BOOST_TEST((b.holds ==
                holds{{hold_cause::order, 1}, {hold_cause::sequence, 1}, {hold_cause::home, 1}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
