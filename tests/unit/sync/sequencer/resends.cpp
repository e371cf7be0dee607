// Contract section 4: sequences of idempotent producers, event ids, resends of what is undecided.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

namespace bkes::tests {

BOOST_AUTO_TEST_SUITE(sync_sequencer_resends)

BOOST_AUTO_TEST_CASE(a_sequence_again_gets_the_original_offset) {
    sequencer_bench b;
    b.submit({event("x", 0)});
    b.submit({event("k", 0)}, sequence(1, 0, 0));
    b.sent_now();
    b.ack_and_store();
    const auto again = b.submit({event("k", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.outcome(again) == append_outcome::duplicate);
    BOOST_TEST(b.answers.at(again).base_offset.value() == 1);
}

BOOST_AUTO_TEST_CASE(a_resend_joins_what_is_undecided) {
    sequencer_bench b;
    const auto first = b.submit({event("k", 0)}, sequence(1, 0, 0));
    b.sent_now();
    const auto again = b.submit({event("k", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(!b.answered(again));
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(first) == append_outcome::written);
    BOOST_TEST(b.outcome(again) == append_outcome::written);
    BOOST_TEST(b.released.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_resend_joins_even_when_the_first_client_has_gone) {
    sequencer_bench b;
    const auto first = b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto again = b.submit({event("k", 0)}, sequence(1, 0, 0));
    b.machine.cancel(first);
    BOOST_TEST(b.sent_now() == ids{first.value()});
    b.ack_and_store();
    b.take();
    BOOST_TEST(!b.answered(first));
    BOOST_TEST(b.outcome(again) == append_outcome::written);
}

BOOST_AUTO_TEST_CASE(a_resend_joins_in_the_turn_in_which_the_first_client_went) {
    sequencer_bench b;
    const auto first = b.submit({event("k", 0)}, sequence(1, 0, 0));
    b.machine.cancel(first);
    const auto again = b.submit({event("k", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.sent_now() == ids{first.value()});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(again) == append_outcome::written);
}

BOOST_AUTO_TEST_CASE(a_sequence_again_with_other_content_is_refused_and_does_no_harm) {
    sequencer_bench b;
    const auto other = [](std::int32_t base) {
        auto made = sequence(1, 0, base);
        made.content_crc = 1;
        return made;
    };
    const auto first = b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto unsent = b.submit({event("l", 0)}, other(0));
    b.sent_now();
    const auto in_flight = b.submit({event("l", 0)}, other(0));
    const auto joined = b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto next = b.submit({event("k", 1)}, sequence(1, 0, 1));
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{next.value()});
    const auto behind = b.submit({event("l", 0)}, other(0));  // no longer the newest
    b.ack_and_store();
    const auto remembered = b.submit({event("l", 0)}, other(1));
    const auto last = b.submit({event("k", 2)}, sequence(1, 0, 2));
    BOOST_TEST(b.sent_now() == ids{last.value()});
    for (const auto id : {unsent, in_flight, behind, remembered}) {
        BOOST_TEST(b.outcome(id) == append_outcome::out_of_order_sequence);
    }
    for (const auto id : {first, joined, next}) {
        BOOST_TEST(b.outcome(id) == append_outcome::written);
    }
    BOOST_TEST((b.answers.at(joined).base_offset == b.answers.at(first).base_offset));
}

BOOST_AUTO_TEST_CASE(a_gap_and_an_old_epoch_are_refused) {
    sequencer_bench b;
    b.submit({event("k", 0)}, sequence(1, 5, 0));
    const auto gap = b.submit({event("k", 1)}, sequence(1, 5, 2));
    const auto old = b.submit({event("k", 1)}, sequence(1, 4, 1));
    b.take();
    BOOST_TEST(b.outcome(gap) == append_outcome::out_of_order_sequence);
    BOOST_TEST(b.outcome(old) == append_outcome::invalid_producer_epoch);
}

BOOST_AUTO_TEST_CASE(after_a_conflict_later_sequences_wait_for_it_to_come_again) {
    sequencer_bench b;
    const auto conflict = b.submit({event("k", 3)}, sequence(1, 0, 0));
    const auto behind = b.submit({event("l", 0)}, sequence(1, 0, 1));
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.outcome(conflict) == append_outcome::order_conflict);
    BOOST_TEST(b.outcome(behind) == append_outcome::out_of_order_sequence);
    const auto later = b.submit({event("l", 0)}, sequence(1, 0, 2));
    b.submit({event("k", 0)}, sequence(1, 0, 0));
    b.submit({event("l", 0)}, sequence(1, 0, 1));
    BOOST_TEST(b.sent_now() == (ids{4, 5}));
    BOOST_TEST(b.outcome(later) == append_outcome::out_of_order_sequence);
}

BOOST_AUTO_TEST_CASE(a_batch_waits_behind_a_held_one_of_its_producer) {
    sequencer_bench b;
    b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    const auto held = b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto behind = b.submit({event("l", 0)}, sequence(1, 0, 1));
    b.ack(b.last);
    BOOST_TEST(b.sent_now().empty());
    b.store();
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.outcome(held) == append_outcome::order_conflict);
    BOOST_TEST(b.outcome(behind) == append_outcome::out_of_order_sequence);
}

BOOST_AUTO_TEST_CASE(a_new_epoch_drops_what_the_old_one_has_not_sent) {
    sequencer_bench b;
    b.submit({event("x", 0)});
    b.sent_now();
    const auto old = b.submit({event("k", 0)}, sequence(1, 0, 0));
    b.take();
    const auto fresh = b.submit({event("k", 0)}, sequence(1, 1, 0));
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{fresh.value()});
    BOOST_TEST(b.outcome(old) == append_outcome::invalid_producer_epoch);
}

BOOST_AUTO_TEST_CASE(a_new_epoch_behind_a_producer_not_yet_known_starts_at_zero) {
    sequencer_bench b;
    b.submit({event("k", 0)}, sequence(1, 0, 0));
    const auto middle = b.submit({event("l", 0)}, sequence(1, 1, 1));
    b.take();
    BOOST_TEST(b.outcome(middle) == append_outcome::out_of_order_sequence);
}

BOOST_AUTO_TEST_CASE(a_batch_refused_before_it_came_here_holds_up_its_producer) {
    sequencer_bench b;
    b.machine.refused_before(sequence(1, 0, 0));
    const auto behind = b.submit({event("k", 0)}, sequence(1, 0, 1));
    b.take();
    BOOST_TEST(b.outcome(behind) == append_outcome::out_of_order_sequence);
    b.submit({event("k", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.sent_now() == ids{2});
    b.machine.refused_before(sequence(1, 0, 1));
    const auto next = b.submit({event("l", 0)}, sequence(1, 0, 2));
    b.take();
    BOOST_TEST(b.outcome(next) == append_outcome::out_of_order_sequence);
}

BOOST_AUTO_TEST_CASE(event_ids_tell_a_resend_from_a_conflict) {
    sequencer_bench b;
    b.submit({event("k", 0, "id-0"), event("k", 1, "id-1")});
    b.sent_now();
    b.ack_and_store();
    const auto again = b.submit({event("k", 0, "id-0"), event("k", 1, "id-1")});
    const auto tail = b.submit({event("k", 1, "id-1")});
    const auto other = b.submit({event("k", 0, "id-0"), event("k", 1, "other")});
    const auto longer =
        b.submit({event("k", 0, "id-0"), event("k", 1, "id-1"), event("k", 2, "id-2")});
    const auto bare = b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.outcome(again) == append_outcome::duplicate);
    BOOST_TEST(b.answers.at(again).base_offset.value() == 0);
    BOOST_TEST(b.outcome(tail) == append_outcome::duplicate);
    BOOST_TEST(b.answers.at(tail).base_offset.value() == 1);
    BOOST_TEST(b.outcome(other) == append_outcome::order_conflict);
    BOOST_TEST(b.outcome(longer) == append_outcome::order_conflict);
    BOOST_TEST(b.outcome(bare) == append_outcome::order_conflict);
}

BOOST_AUTO_TEST_CASE(an_event_id_with_any_is_never_recognised) {
    sequencer_bench b;
    auto record = event("k", order_condition::any());
    record.event_id = "id-0";
    b.submit({record});
    b.sent_now();
    b.ack_and_store();
    b.submit({record});
    BOOST_TEST(b.sent_now() == ids{2});
}

BOOST_AUTO_TEST_CASE(an_event_id_resend_waits_for_what_is_undecided) {
    sequencer_bench b;
    b.submit({event("k", 0, "id-0")});
    b.sent_now();
    const auto again = b.submit({event("k", 0, "id-0")});
    b.take();
    BOOST_TEST(!b.answered(again));
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(again) == append_outcome::duplicate);
    BOOST_TEST(b.answers.at(again).base_offset.value() == 0);
}

BOOST_AUTO_TEST_CASE(an_event_id_resend_is_written_when_the_first_fails) {
    sequencer_bench b;
    b.submit({event("k", 0, "id-0")});
    b.sent_now();
    const auto again = b.submit({event("k", 0, "id-0")});
    b.take();
    b.machine.refused(b.last, 18, sync::refusal_blame::whole_batch);
    BOOST_TEST(b.sent_now() == ids{again.value()});
}

BOOST_AUTO_TEST_CASE(a_durable_resend_lets_its_producer_go_on) {
    sequencer_bench b;  // as after a restart: the event is known, the producer isn't
    b.heads.add("k", home, log_offset{4}, "id-0");
    b.submit({event("k", 0, "id-0")}, sequence(1, 0, 8));
    b.submit({event("k", 1, "id-1")}, sequence(1, 0, 9));
    BOOST_TEST(b.sent_now() == ids{2});
    BOOST_TEST(b.outcome(append_id{1}) == append_outcome::duplicate);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
