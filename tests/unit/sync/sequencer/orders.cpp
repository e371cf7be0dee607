// Contract section 3: orders, several events in a batch, conflicts that wait, group commit.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

namespace bkes::tests {

BOOST_AUTO_TEST_SUITE(sync_sequencer_orders)

BOOST_AUTO_TEST_CASE(answers_written_only_after_the_store_has_it) {
    sequencer_bench b;
    const auto a = b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack(b.last);
    b.take();
    BOOST_TEST(!b.answered(a));
    b.store();
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::written);
    BOOST_TEST(b.answers.at(a).base_offset.value() == 0);
    BOOST_TEST(b.released.contains(a));
}

BOOST_AUTO_TEST_CASE(refuses_a_wrong_order_at_once_when_nothing_is_undecided) {
    sequencer_bench b;
    b.heads.add("k", home, log_offset{0});
    const auto below = b.submit({event("k", 0)});
    const auto above = b.submit({event("k", 7)});
    BOOST_TEST(b.take().empty());
    BOOST_TEST(b.outcome(below) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(below).expected.value() == 1);
    BOOST_TEST(b.answers.at(below).got.value() == 0);
    BOOST_TEST(b.answers.at(below).record_index == 0);
    BOOST_TEST(b.outcome(above) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(above).expected.value() == 1);
}

BOOST_AUTO_TEST_CASE(counts_up_within_a_batch_and_mixes_conditions) {
    sequencer_bench b;
    const auto a = b.submit({event("k", 0), event("k", order_condition::any()), event("l", 0),
                             event("k", order_condition::exists()), event("k", 3)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::written);
    BOOST_TEST(b.heads.aggregates.at("k").events.size() == 4U);
}

BOOST_AUTO_TEST_CASE(names_the_first_bad_record_and_the_order_expected_there) {
    sequencer_bench b;
    const auto a = b.submit({event("l", 0), event("k", 0), event("k", 2), event("k", 9)});
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(a).record_index == 2);
    BOOST_TEST(b.answers.at(a).expected.value() == 1);
    BOOST_TEST(b.answers.at(a).got.value() == 2);
}

BOOST_AUTO_TEST_CASE(counts_up_in_a_batch_of_many_keys) {
    sequencer_bench b;
    static const auto keys = [] {
        std::vector<std::string> out;
        for (int i = 0; i < 40; ++i) out.push_back("key" + std::to_string(i));
        return out;
    }();
    std::vector<sync::judged_event> records;
    for (int round = 0; round < 3; ++round) {
        for (const auto& key : keys) records.push_back(event(key, round));
    }
    const auto a = b.submit(records);
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::written);
    records.assign({event(keys[39], 3), event(keys[0], 3), event(keys[39], 3)});
    const auto bad = b.submit(records);
    b.take();
    BOOST_TEST(b.answers.at(bad).record_index == 2);
}

BOOST_AUTO_TEST_CASE(exists_needs_an_event) {
    sequencer_bench b;
    const auto refused = b.submit({event("k", order_condition::exists())});
    b.take();
    BOOST_TEST(b.outcome(refused) == append_outcome::no_such_aggregate);
    const auto first = b.submit({event("k", 0)});
    const auto chained = b.submit({event("k", order_condition::exists())});
    BOOST_TEST(b.sent_now() == (ids{first.value(), chained.value()}));
}

BOOST_AUTO_TEST_CASE(a_record_without_a_key_only_passes) {
    sequencer_bench b;
    const auto a = b.submit({{}, event("k", 0), {}});
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::written);
    BOOST_TEST(b.machine.counts().undecided_keys == 0U);
}

BOOST_AUTO_TEST_CASE(the_empty_key_is_a_key) {
    sequencer_bench b;
    b.submit({event("", 0)});
    const auto second = b.submit({event("", 0)});
    b.sent_now();
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(second) == append_outcome::order_conflict);
}

BOOST_AUTO_TEST_CASE(a_key_that_lives_elsewhere_is_refused_whatever_the_header) {
    sequencer_bench b;
    b.heads.add("k", partition_id{1}, log_offset{0});
    for (const auto condition : {order_condition::any(), order_condition::exists(),
                                 order_condition::exactly(1), order_condition::exactly(5)}) {
        const auto a = b.submit({event("new", 0), event("k", condition)});
        b.take();
        BOOST_TEST(b.outcome(a) == append_outcome::wrong_partition);
        BOOST_TEST(b.answers.at(a).home.value() == 1);
        BOOST_TEST(b.answers.at(a).record_index == 1);
    }
    BOOST_TEST(b.table.holders.empty());
}

BOOST_AUTO_TEST_CASE(chains_without_waiting_a_round_trip_each) {
    sequencer_bench b{3};
    b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.submit({event("k", 1)});
    BOOST_TEST(b.sent_now() == ids{2});
    b.submit({event("k", 2)});
    BOOST_TEST(b.sent_now() == ids{3});
    b.submit({event("k", 3)});
    BOOST_TEST(b.sent_now().empty());
    for (std::uint64_t i = 1; i <= 3; ++i) b.ack(batch_id{i});
    b.store();
    BOOST_TEST(b.sent_now() == ids{4});
}

BOOST_AUTO_TEST_CASE(merges_what_gathers_during_a_round_trip) {
    sequencer_bench b{sync::sequencer_options{.partition = home, .batch_bytes_max = 350}};
    b.submit({event("a", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    for (const auto* key : {"b", "c", "d", "e"}) b.submit({event(key, 0)});
    BOOST_TEST(b.sent_now().empty());
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == (ids{2, 3, 4}));
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{5});
}

BOOST_AUTO_TEST_CASE(sends_a_big_append_alone_and_in_its_turn) {
    sequencer_bench b;
    b.submit({event("a", 0)});
    auto big = sync::append{.records = {event("b", 0)}, .size_bytes = 1};
    big.merge = sync::merging::goes_alone;
    b.submit(big);
    b.submit({event("c", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{2});
    b.ack_and_store();
    BOOST_TEST(b.sent_now() == ids{3});
}

BOOST_AUTO_TEST_CASE(keeps_a_conflict_back_until_what_it_conflicts_with_is_decided) {
    sequencer_bench b;
    const auto winner = b.submit({event("k", 0)});
    const auto loser = b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack(b.last);
    b.take();
    BOOST_TEST(!b.answered(loser));
    b.store();
    b.take();
    BOOST_TEST(b.outcome(winner) == append_outcome::written);
    BOOST_TEST(b.outcome(loser) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(loser).expected.value() == 1);
}

BOOST_AUTO_TEST_CASE(judges_a_held_conflict_again_when_the_other_fails) {
    sequencer_bench b;
    const auto first = b.submit({event("k", 0)});
    const auto second = b.submit({event("k", 0)});
    b.sent_now();
    b.machine.refused(b.last, 18, sync::refusal_blame::whole_batch);
    BOOST_TEST(b.sent_now() == ids{second.value()});
    BOOST_TEST(b.outcome(first) == append_outcome::refused_by_broker);
    BOOST_TEST(b.answers.at(first).broker_code == 18);
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(second) == append_outcome::written);
}

BOOST_AUTO_TEST_CASE(a_conflict_with_the_store_is_final_though_more_is_undecided) {
    sequencer_bench b;
    b.heads.add("k", home, log_offset{0});
    b.submit({event("k", 1)});
    b.take();
    const auto late = b.submit({event("k", 0)});
    b.take();
    BOOST_TEST(b.outcome(late) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(late).expected.value() == 1);  // 2 doesn't exist yet
}

BOOST_AUTO_TEST_CASE(holds_an_order_above_while_those_between_may_come) {
    sequencer_bench b{5};
    b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.submit({event("k", 3)});
    b.submit({event("k", 2)});
    BOOST_TEST(b.sent_now().empty());
    b.submit({event("k", 1)});
    BOOST_TEST(b.sent_now() == (ids{4, 3, 2}));
}

BOOST_AUTO_TEST_CASE(an_order_above_becomes_a_conflict_when_nothing_is_undecided_any_more) {
    sequencer_bench b;
    b.submit({event("k", 0)});
    const auto above = b.submit({event("k", 2)});
    b.sent_now();
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(above) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(above).expected.value() == 1);
    BOOST_TEST(b.machine.counts().undecided_keys == 0U);
}

BOOST_AUTO_TEST_CASE(an_order_without_a_successor_is_refused) {
    sequencer_bench b;
    const auto a = b.submit({event("k", std::numeric_limits<std::int64_t>::max())});
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::order_conflict);
}

BOOST_AUTO_TEST_CASE(a_failing_store_is_not_ready) {
    sequencer_bench b;
    b.heads.fails = true;
    const auto a = b.submit({event("k", 0)});
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::not_ready);
    b.heads.fails = false;
    b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{2});
}

BOOST_AUTO_TEST_CASE(a_conflict_is_told_when_its_order_is_stored_whatever_is_under_way_behind_it) {
    sequencer_bench b{2};
    b.submit({event("k", 0)});
    b.sent_now();
    const auto first = b.last;
    b.submit({event("k", 1)});
    const auto low = b.submit({event("k", 0)});
    const auto high = b.submit({event("k", 1)});
    b.sent_now();
    BOOST_TEST(!b.answered(low));
    b.ack(first);
    b.store();
    b.take();
    BOOST_TEST(b.outcome(low) == append_outcome::order_conflict);
    BOOST_TEST(!b.answered(high));
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.answers.at(high).expected.value() == 2);
}

BOOST_AUTO_TEST_CASE(one_that_waits_above_is_judged_again_when_several_events_pass_it) {
    sequencer_bench b{2};
    b.submit({event("k", 0)});
    b.sent_now();
    const auto passed = b.submit({event("k", 2)});
    const auto fits = b.submit({event("k", 3)});
    b.submit({event("k", 1), event("k", 2)});
    BOOST_TEST(b.sent_now() == (ids{4, fits.value()}));
    b.machine.acked(batch_id{1}, log_offset{0});
    b.machine.stored(log_offset{1});
    b.take();
    BOOST_TEST(!b.answered(passed));
    b.machine.acked(b.last, log_offset{1});
    b.heads.add("k", home, log_offset{0});
    b.heads.add("k", home, log_offset{1});
    b.heads.add("k", home, log_offset{2});
    b.heads.add("k", home, log_offset{3});
    b.machine.stored(log_offset{4});
    b.take();
    BOOST_TEST(b.answers.at(passed).expected.value() == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
