// Batches: refused, not written, unknown; records of others; claims on new keys.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

namespace bkes::tests {

using sync::refusal_blame;

BOOST_AUTO_TEST_SUITE(sync_sequencer_outcomes)

BOOST_AUTO_TEST_CASE(only_the_guilty_one_of_a_merged_batch_hears_of_its_refusal) {
    sequencer_bench b{3};
    const auto a = b.submit({event("a", 0)});
    const auto guilty = b.submit({event("b", 0)});
    const auto c = b.submit({event("c", 0)});
    BOOST_TEST(b.sent_now() == (ids{1, 2, 3}));
    b.machine.refused(b.last, 87, refusal_blame::one_record);
    const auto alone = b.take();
    BOOST_TEST_REQUIRE(alone.size() == 3U);
    BOOST_TEST(b.answers.empty());
    b.ack(alone[0].id);
    b.machine.refused(alone[1].id, 87, refusal_blame::one_record);
    b.machine.not_written(alone[2].id);
    BOOST_TEST(b.sent_now() == ids{3});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::written);
    BOOST_TEST(b.outcome(guilty) == append_outcome::refused_by_broker);
    BOOST_TEST(b.answers.at(guilty).broker_code == 87);
    BOOST_TEST(b.outcome(c) == append_outcome::written);
}

/// A broker that takes `limit` bytes; gives how many batches it refused.
int write_all(sequencer_bench& b, std::size_t limit) {
    int refused = 0;
    while (!b.sent_now().empty()) {
        std::size_t bytes = 0;
        for (const auto id : b.sent.at(b.last)) bytes += b.requests.at(id).size_bytes;
        if (bytes > limit) {
            b.machine.refused(b.last, 10, refusal_blame::its_size);
            ++refused;
        } else {
            b.ack_and_store();
        }
    }
    return refused;
}

BOOST_AUTO_TEST_CASE(a_merged_batch_that_is_too_large_goes_in_smaller_ones_and_so_do_the_next) {
    sequencer_bench b;
    const auto submit_many = [&b] {
        for (int n = 0; n < 1000; ++n) b.submit({event("any", order_condition::any())});
    };
    submit_many();
    const int first = write_all(b, 5'000);
    BOOST_TEST(first > 0);
    BOOST_TEST(first < 10);
    const auto batches = b.last.value();
    BOOST_TEST(batches < 50U);  // 20 at best; one for each append would be 1000
    submit_many();
    BOOST_TEST(write_all(b, 5'000) <= 2);
    for (const auto& [id, reply] : b.answers) BOOST_TEST(reply.outcome == append_outcome::written);
    BOOST_TEST(b.answers.size() == 2000U);
}

BOOST_AUTO_TEST_CASE(only_those_hear_too_large_that_are_too_large_by_themselves) {
    sequencer_bench b;
    std::vector<append_id> large;
    for (int n = 0; n < 300; ++n) {
        const bool is_large = n % 100 == 50;
        const auto id = b.submit(sync::append{.records = {event("any", order_condition::any())},
                                              .size_bytes = is_large ? 6'000U : 100U});
        if (is_large) large.push_back(id);
    }
    write_all(b, 5'000);
    BOOST_TEST(b.answers.size() == 300U);
    for (const auto& [id, reply] : b.answers) {
        const bool is_large = std::ranges::find(large, id) != large.end();
        BOOST_TEST(reply.outcome ==
                   (is_large ? append_outcome::refused_by_broker : append_outcome::written));
    }
}

BOOST_AUTO_TEST_CASE(when_bkes_stops_nobody_hears_of_the_size_of_another) {
    sequencer_bench b;
    const auto a = b.submit({event("a", 0)});
    const auto c = b.submit({event("b", 0)});
    b.sent_now();
    b.machine.close(sync::close_reason::shutting_down);
    b.machine.refused(b.last, 10, refusal_blame::its_size);
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::not_ready);
    BOOST_TEST(b.outcome(c) == append_outcome::not_ready);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_whole_batch_is_heard_by_all_in_it) {
    sequencer_bench b;
    b.submit({event("a", 0)}, sequence(1, 0, 0));
    b.submit({event("b", 0)}, sequence(1, 0, 1));
    b.sent_now();
    b.machine.refused(b.last, 29, refusal_blame::whole_batch);
    b.take();
    BOOST_TEST(b.outcome(append_id{1}) == append_outcome::refused_by_broker);
    BOOST_TEST(b.outcome(append_id{2}) == append_outcome::refused_by_broker);
}

BOOST_AUTO_TEST_CASE(what_was_chained_behind_a_refused_batch_is_judged_again) {
    sequencer_bench b{2};
    b.submit({event("k", 0)});
    b.sent_now();
    const auto chained = b.submit({event("k", 1), event("l", 0)});
    b.sent_now();
    const auto waiting = b.submit({event("l", 1)});
    BOOST_TEST(b.sent_now().empty());
    b.machine.refused(batch_id{1}, 18, refusal_blame::whole_batch);
    const auto fresh = b.submit({event("m", 0)});
    BOOST_TEST(b.sent_now().empty());  // the sequences behind it come back first
    b.machine.not_written(batch_id{2});
    BOOST_TEST(b.sent_now() == ids{fresh.value()});
    BOOST_TEST(b.outcome(chained) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(chained).expected.value() == 0);
    BOOST_TEST(b.outcome(waiting) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(waiting).expected.value() == 0);
}

BOOST_AUTO_TEST_CASE(an_unknown_batch_is_sent_again_as_it_was_and_before_anything_new) {
    sequencer_bench b{3};
    b.submit({event("a", 0)});
    b.submit({event("b", 0)});
    b.sent_now();
    b.submit({event("c", 0)});
    b.sent_now();
    b.machine.suspend();
    b.machine.unknown(batch_id{1});
    b.machine.unknown(batch_id{2});
    b.submit({event("d", 0)});
    BOOST_TEST(b.take().empty());
    b.machine.resume();
    const auto sent = b.take();
    BOOST_TEST_REQUIRE(sent.size() == 3U);
    BOOST_TEST((sent[0].what == sync::send_batch::kind::again));
    BOOST_TEST(sent[0].id.value() == 1U);
    BOOST_TEST(sent[0].appends.size() == 2U);
    BOOST_TEST(sent[1].id.value() == 2U);
    BOOST_TEST((sent[2].what == sync::send_batch::kind::first));
    BOOST_TEST(b.take().empty());
}

BOOST_AUTO_TEST_CASE(a_batch_that_the_log_does_not_have_is_sent_in_a_new_one) {
    sequencer_bench b{2};
    b.submit({event("k", 0)});
    b.sent_now();
    b.submit({event("k", 1)});
    b.sent_now();
    b.machine.unknown(batch_id{1});
    b.machine.unknown(batch_id{2});
    b.ack(batch_id{1});
    b.machine.not_written(batch_id{2});
    BOOST_TEST(b.sent_now() == ids{2});
    BOOST_TEST(b.last.value() == 3U);
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(append_id{2}) == append_outcome::written);
}

BOOST_AUTO_TEST_CASE(a_record_of_others_has_what_is_unsent_judged_again) {
    sequencer_bench b;
    b.submit({event("x", 0)});
    b.sent_now();
    const auto waiting = b.submit({event("k", 0)});
    b.take();
    b.ack(b.last);
    b.heads.add("k", home, log_offset{b.log_end++});
    b.store();
    b.machine.head_changed("k");
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.outcome(waiting) == append_outcome::order_conflict);
    BOOST_TEST(b.answers.at(waiting).expected.value() == 1);
}

BOOST_AUTO_TEST_CASE(what_follows_a_sent_one_counts_the_record_of_others_before_it) {
    sequencer_bench b{2};
    b.submit({event("k", 0)});
    b.sent_now();
    b.heads.add("k", home, log_offset{b.log_end++});
    b.store();
    b.machine.head_changed("k");
    b.submit({event("k", 2)});
    BOOST_TEST(b.sent_now() == ids{2});
}

BOOST_AUTO_TEST_CASE(of_a_new_key_sent_to_two_partitions_one_wins) {
    sequencer_bench b;
    b.table.holders["k"] = partition_id{1};
    const auto a = b.submit({event("free", 0), event("k", 0)});
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(!b.answered(a));
    BOOST_TEST(!b.table.holders.contains("free"));
    b.heads.add("k", partition_id{1}, log_offset{0});
    b.table.holders.erase("k");
    b.machine.head_changed("k");
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::wrong_partition);
    BOOST_TEST(b.answers.at(a).home.value() == 1);
}

BOOST_AUTO_TEST_CASE(the_other_partition_wins_when_the_first_fails) {
    sequencer_bench b;
    memory_claims other{b.table, partition_id{1}};
    BOOST_TEST((other.claim("k") == sync::key_claims::claim_result::granted));
    b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now().empty());
    other.release("k");
    BOOST_TEST(b.sent_now() == ids{1});
    BOOST_TEST((other.claim("k") == sync::key_claims::claim_result::held_elsewhere));
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.table.holders.empty());
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_and_cut_off_is_written_again) {
    sequencer_bench b;
    const auto a = b.submit({event("k", 0)});
    b.sent_now();
    b.ack(b.last);
    b.unstored.clear();
    b.log_end = 0;
    b.machine.truncated(log_offset{0});
    b.machine.stored(log_offset{0});
    BOOST_TEST(b.sent_now() == ids{1});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(a) == append_outcome::written);
}

BOOST_AUTO_TEST_CASE(a_cut_log_is_what_appends_are_judged_by) {
    sequencer_bench b;
    b.submit({event("k", 0)});
    b.sent_now();
    b.ack_and_store();
    b.take();
    b.heads.aggregates.clear();
    b.log_end = 0;
    b.machine.truncated(log_offset{0});
    const auto again = b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{2});
    b.ack_and_store();
    b.take();
    BOOST_TEST(b.outcome(again) == append_outcome::written);
}

BOOST_AUTO_TEST_CASE(what_is_not_asked_for_gathers_and_can_be_counted) {
    sequencer_bench b{2};
    b.submit({event("k", 0)});
    BOOST_TEST(b.machine.take_actions(0).empty());
    BOOST_TEST(b.machine.counts().sendable_records == 1U);
    b.submit({event("k", 1), event("k", 2)});
    BOOST_TEST(b.machine.take_actions(0).empty());
    BOOST_TEST(b.machine.counts().sendable_records == 3U);
    BOOST_TEST((b.sent_now() == ids{1, 2}));
    BOOST_TEST(b.machine.counts().sendable_records == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_counts_as_sendable_while_it_may_not_be_sent) {
    sequencer_bench b{1};
    b.submit({event("k", 0)});
    BOOST_TEST(b.sent_now() == ids{1});
    b.submit({event("k", 1)});
    BOOST_TEST(b.sent_now().empty());
    BOOST_TEST(b.machine.counts().sendable_records == 0U);
    b.ack(b.last);
    BOOST_TEST(b.machine.counts().sendable_records == 1U);
    b.machine.suspend();
    BOOST_TEST(b.machine.counts().sendable_records == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
