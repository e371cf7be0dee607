// Being taken over from, and proofs of ownership that age.

#include "tests/unit/sync/partition/partition_log_bench.hpp"

namespace bkes::sync::test {

namespace {

struct standing_time {
    boot_clock::time_point time = boot_clock::now();
};

/// Its proofs of ownership age only when the test moves the time.
struct aging_bench : standing_time, partition_bench {
    aging_bench() : partition_bench{[this] { return time; }} {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_partition_log_ownership, partition_bench)

BOOST_AUTO_TEST_CASE(whoever_is_taken_over_from_notices_by_the_marker) {
    append_and_wait("k", "0");
    kafka.coordinator().taken_over_by_another();
    run_until([this] { return log->status().state == partition_state::not_owner; });
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::not_owner));
    BOOST_TEST((log->readable()->result == wait_result::not_owner));
    BOOST_TEST(kafka.records() == 1U);
}

BOOST_AUTO_TEST_CASE(an_append_under_way_at_a_take_over_is_not_written_and_says_so) {
    append_and_wait("k", "0");
    kafka.before_produce = [](scripted_partition& partition) {
        partition.before_produce = [](scripted_partition&) {};
        partition.coordinator().taken_over_by_another();
    };
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::not_owner));
    BOOST_TEST(kafka.records() == 1U);
    BOOST_TEST((log->status().state == partition_state::not_owner));
}

BOOST_AUTO_TEST_CASE(an_append_written_just_before_a_take_over_is_answered_as_written) {
    append_and_wait("k", "0");
    kafka.faults = {fault::close_after};
    append("k", "1");
    run_until([this] { return kafka.records() == 2; });
    kafka.coordinator().taken_over_by_another();
    run_until([this] { return answers.size() == 2; });
    BOOST_TEST((answers.back().outcome == append_result::written));
    BOOST_TEST(answers.back().base_offset.value() == kafka.record_offsets().back());
    run_until([this] { return log->status().state == partition_state::not_owner; });
}

BOOST_FIXTURE_TEST_CASE(a_conflict_is_only_reported_with_a_proof_of_ownership, aging_bench) {
    append_and_wait("k", "0");
    const auto before = kafka.coordinator().describe_requests;
    time += options.lease - 1ns;
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(kafka.coordinator().describe_requests == before);
    const auto& held = log->counts().holds[std::to_underlying(hold_cause::proof)];
    BOOST_TEST(held.value() == 0U);
    time += 1ns;
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(kafka.coordinator().describe_requests == before + 1);
    // The next one comes within the lease.
    time += options.lease - 1ns;
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(kafka.coordinator().describe_requests == before + 1);
    BOOST_TEST(held.value() == 1U);
    BOOST_TEST(log->counts().waiting.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_leader_that_forgot_the_owner_is_reminded, aging_bench) {
    append_and_wait("k", "0");
    time += options.lease;
    kafka.coordinator().is_forgotten = true;
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(!kafka.coordinator().is_forgotten);
}

BOOST_FIXTURE_TEST_CASE(reads_ask_for_a_proof_when_the_last_one_is_old, aging_bench) {
    append_and_wait("k", "0");
    time += options.lease - 1ns;
    BOOST_TEST((log->readable()->result == wait_result::reached));
    time += 1ns;
    BOOST_TEST(!log->readable());
    log->want_proof(steady_clock::now());
    run_until([this] { return log->readable().has_value(); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sync::test
