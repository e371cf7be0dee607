// Lost connections and lost answers, refusals, and an unclean election.

#include "tests/unit/sync/partition/partition_log_bench.hpp"

#include <initializer_list>

namespace bkes::sync::test {

namespace {

/// One append under planted faults is written once, answered once, and readable.
void survives(partition_bench& b, std::initializer_list<fault> planted) {
    BOOST_TEST((b.append_and_wait("k", "0").outcome == append_result::written));
    b.kafka.faults.assign(planted);
    const auto answer = b.append_and_wait("k", "1");
    BOOST_TEST((answer.outcome == append_result::written));
    BOOST_TEST(answer.base_offset.value() == b.kafka.record_offsets().back());
    BOOST_TEST(b.kafka.records() == 2U);
    BOOST_TEST(b.next_order("k") == 2);
    const auto next = b.append_and_wait("k", "2");
    BOOST_TEST((next.outcome == append_result::written));
    BOOST_TEST(next.base_offset.value() == b.kafka.record_offsets().back());
    BOOST_TEST(b.kafka.records() == 3U);
    BOOST_TEST(b.next_order("k") == 3);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_partition_log_faults, partition_bench)

BOOST_AUTO_TEST_CASE(a_quiet_connection_that_ended_is_made_again_before_anybody_needs_it) {
    append_and_wait("k", "0");
    const auto proofs = kafka.batches().size();
    kafka.close_connections();
    run_until([this] { return log->status().state != partition_state::ready; });
    run_until([this] { return log->status().state == partition_state::ready; });
    BOOST_TEST(kafka.batches().size() == proofs + 1);  // one marker
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST(kafka.batches().size() == proofs + 2);
}

BOOST_AUTO_TEST_CASE(who_ends_quiet_connections_again_and_again_gets_fewer_markers) {
    append_and_wait("k", "0");
    const auto before = kafka.batches().size();
    const auto begun = steady_clock::now();
    const auto end_one = [this] {
        run_until([this] { return log->status().state == partition_state::ready; });
        kafka.close_connections();
        run_until([this] { return log->status().state != partition_state::ready; });
    };
    for (int n = 0; n < 5; ++n) {
        end_one();
    }
    BOOST_TEST((steady_clock::now() - begun >= 50ms + 100ms + 200ms + 400ms));
    BOOST_TEST(kafka.batches().size() == before + 4);
    // The pause would be 800 ms now, but an append waits.
    const auto asked = steady_clock::now();
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST((steady_clock::now() - asked < 400ms));
}

BOOST_AUTO_TEST_CASE(a_connection_lost_before_the_write_is_sent_again) {
    survives(*this, {fault::close_before});
}

BOOST_AUTO_TEST_CASE(a_lost_answer_is_asked_for_again_and_not_written_twice) {
    survives(*this, {fault::close_after});
}

BOOST_AUTO_TEST_CASE(several_lost_answers_in_a_row) {
    survives(*this,
             {fault::close_after, fault::close_before, fault::close_after, fault::timed_out_after});
}

BOOST_AUTO_TEST_CASE(a_time_out_of_the_broker_is_no_failure) {
    survives(*this, {fault::timed_out_after});
}

BOOST_AUTO_TEST_CASE(lost_producer_state_is_decided_by_the_log_where_it_was_written) {
    survives(*this, {fault::state_lost_after});
}

BOOST_AUTO_TEST_CASE(lost_producer_state_is_decided_by_the_log_where_it_was_not_written) {
    survives(*this, {fault::state_lost_before});
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_of_a_place_where_something_else_was_read_is_none) {
    survives(*this, {fault::lost_after_all});
}

BOOST_AUTO_TEST_CASE(a_refusal_is_passed_on_and_the_next_append_is_written) {
    append_and_wait("k", "0");
    kafka.faults = {fault::refused};
    const auto refused = append_and_wait("k", "1");
    BOOST_TEST((refused.outcome == append_result::broker_refused));
    BOOST_TEST(refused.broker_error == 10);
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST(kafka.records() == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_is_judged_by_what_a_new_leader_does_not_have) {
    append_and_wait("k", "0");
    const auto kept = kafka.end();
    kafka.append_foreign(one_record("k", ""));
    run_until([this] { return next_order("k") == 2; });
    kafka.elect_uncleanly(kept);
    kafka.fetches_to_refuse = 4;
    const auto answer = append_and_wait("k", "2");
    BOOST_TEST((answer.outcome == append_result::order_conflict));
    BOOST_TEST(answer.text == "bkes: order conflict: expected=1 got=2 partition=0 index=0");
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST(kafka.records() == 2U);
    BOOST_TEST(next_order("k") == 2);
    BOOST_TEST(rebuilds.of(rebuild_cause::log_was_cut) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sync::test
