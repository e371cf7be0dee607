// Appends, what others write beside them, and a store that is busy.

#include "tests/unit/sync/partition/partition_log_bench.hpp"

namespace bkes::sync::test {

BOOST_FIXTURE_TEST_SUITE(sync_partition_log, partition_bench)

BOOST_AUTO_TEST_CASE(an_answered_append_is_in_the_store) {
    const auto answer = append_and_wait("k", "0");
    BOOST_TEST((answer.outcome == append_result::written));
    BOOST_TEST(answer.base_offset.value() == kafka.record_offsets().front());
    BOOST_TEST(next_order("k") == 1);
}

BOOST_AUTO_TEST_CASE(a_conflict_says_what_was_expected_and_costs_the_broker_nothing) {
    append_and_wait("k", "0");
    const auto answer = append_and_wait("k", "5");
    BOOST_TEST((answer.outcome == append_result::order_conflict));
    BOOST_TEST(answer.text == "bkes: order conflict: expected=1 got=5 partition=0 index=0");
    BOOST_REQUIRE(answer.conflict);
    BOOST_TEST(answer.conflict->key == "k");
    BOOST_TEST(answer.conflict->expected.value() == 1);
    BOOST_TEST(answer.conflict->got.value().value() == 5);
    BOOST_TEST(answer.record_index == 0);
    BOOST_TEST(kafka.produce_requests == 1);
}

BOOST_AUTO_TEST_CASE(appends_that_gather_go_out_as_one_batch) {
    for (int i = 0; i < 20; ++i) {
        append("k" + std::to_string(i), "0");
    }
    run_until([this] { return answers.size() == 20; });
    for (const auto& answer : answers) {
        BOOST_TEST((answer.outcome == append_result::written));
    }
    BOOST_TEST(kafka.records() == 20U);
    BOOST_TEST(kafka.produce_requests == 1);
    BOOST_TEST(next_order("k19") == 1);
}

BOOST_AUTO_TEST_CASE(a_gap_is_read_before_the_answer_leaves) {
    append_and_wait("k", "0");
    kafka.before_produce = [](scripted_partition& partition) {
        partition.append_foreign(one_record("foreign", ""));
        partition.before_produce = [](scripted_partition&) {};
    };
    const auto answer = append_and_wait("k", "1");
    BOOST_TEST((answer.outcome == append_result::written));
    BOOST_TEST(answer.base_offset.value() == kafka.record_offsets().back());
    BOOST_TEST(next_order("foreign") == 1);
    BOOST_TEST(next_order("k") == 2);
    BOOST_TEST(log->status().next_offset.value() == kafka.end());
}

BOOST_AUTO_TEST_CASE(a_busy_store_delays_an_append_and_nothing_else) {
    append_and_wait("k", "0");
    around.state_changed = [this] { BOOST_TEST((log->status().state == partition_state::ready)); };
    const auto fetches = kafka.fetch_requests;
    store->busy_applies = 5;
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST(next_order("k") == 2);
    BOOST_TEST(kafka.produce_requests == 2);
    BOOST_TEST(kafka.fetch_requests <= fetches + 2);  // what was read is kept
    kafka.append_foreign(one_record("foreign", ""));
    store->busy_applies = 5;
    run_until([this] { return next_order("foreign") == 1; });
    around.state_changed = [] {};
}

/// Large enough that nothing of the answer is left when the link reads on.
BOOST_AUTO_TEST_CASE(what_a_busy_store_makes_wait_is_stored_as_it_was_read) {
    bytes batch;
    protocol::batch_builder builder{batch};
    for (int number = 0; number < 400; ++number) {
        const auto body = protocol::encode_record_body(bytes(5'000, static_cast<char>(number)), {});
        builder.add({.timestamp_ms = 1'000, .key = std::to_string(number), .body = body});
    }
    builder.finish(log_offset{0}, {});
    store->busy_applies = 5;
    kafka.append_foreign(batch);
    run_until([this] { return next_order("399") == 1; });
    for (int number = 0; number < 400; ++number) {
        const auto key = std::to_string(number);
        const auto body = protocol::encode_record_body(bytes(5'000, static_cast<char>(number)), {});
        std::vector<bytes> stored;
        BOOST_REQUIRE(store->read_events({"t", partition_id{0}}, key, event_order{0},
                                         [&stored](const store::stored_event& event) {
                                             stored.emplace_back(event.body);
                                             return true;
                                         }));
        BOOST_REQUIRE(stored == std::vector{body});
    }
}

BOOST_AUTO_TEST_CASE(appends_go_on_while_the_store_drops_the_front_of_the_log) {
    append_and_wait("k", "0");
    store->holds_drops = true;
    kafka.log_start = kafka.end();
    run_until([this] { return store->drops_begun == 1; });
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST((log->status().state == partition_state::ready));
    BOOST_TEST(store->find_head("t", "k").value()->start_order.value() == 0);
    store->let_drops_go();
    run_until([this] { return store->find_head("t", "k").value()->start_order.value() == 1; });
    kafka.log_start = kafka.end();  // once more, as nothing is under way
    run_until([this] { return store->find_head("t", "k").value()->start_order.value() == 2; });
    BOOST_TEST(store->drops_begun == 2);
}

BOOST_AUTO_TEST_CASE(a_store_that_stays_busy_holds_what_would_be_judged_by_it) {
    append_and_wait("k", "0");
    kafka.append_foreign(one_record("k", ""));
    store->busy_applies = 1'000'000;
    run_until([this] { return log->status().state == partition_state::catching_up; });
    append("k", "1");
    store->busy_applies = 0;
    run_until([this] { return answers.size() == 2; });
    BOOST_TEST((answers.back().outcome == append_result::order_conflict));
}

BOOST_AUTO_TEST_CASE(an_append_that_waits_is_counted_and_seen_until_it_goes_on) {
    append_and_wait("k", "0");
    const auto& counts = log->counts();
    const auto held = [&counts](hold_cause cause) {
        return counts.holds[std::to_underlying(cause)].value();
    };
    BOOST_TEST(held(hold_cause::not_ready) == 0U);
    kafka.append_foreign(one_record("foreign", ""));
    store->busy_applies = 1'000'000;
    run_until([this] { return log->status().state == partition_state::catching_up; });
    append("k", "1");
    run_until([&counts] { return counts.waiting.value() == 1; });
    BOOST_TEST(held(hold_cause::not_ready) == 1U);
    store->busy_applies = 0;
    run_until([this] { return answers.size() == 2; });
    BOOST_TEST((answers.back().outcome == append_result::written));
    BOOST_TEST(counts.waiting.value() == 0U);
    BOOST_TEST(held(hold_cause::not_ready) == 1U);
}

BOOST_AUTO_TEST_CASE(a_log_that_was_empty_is_no_rebuild) {
    append_and_wait("k", "0");
    kafka.append_foreign(one_record("foreign", ""));
    run_until([this] { return next_order("foreign") == 1; });
    for (std::size_t cause = 0; cause < rebuild_causes; ++cause) {
        BOOST_TEST(rebuilds.of(static_cast<rebuild_cause>(cause)) == 0U, "cause " << cause);
    }
}

BOOST_AUTO_TEST_CASE(a_foreign_record_is_seen_without_any_append) {
    append_and_wait("k", "0");
    kafka.append_foreign(one_record("k", ""));
    run_until([this] { return next_order("k") == 2; });
    const auto answer = append_and_wait("k", "1");
    BOOST_TEST((answer.outcome == append_result::order_conflict));
}

BOOST_AUTO_TEST_CASE(a_quiet_partition_asks_less_and_less_often) {
    run_until([this] { return kafka.fetch_wait_ms == 2'000; });
    const auto asked = kafka.fetch_requests;
    run_until([this, asked] { return kafka.fetch_requests == asked + 2; });
    BOOST_TEST(kafka.fetch_wait_ms == 2'000);
    kafka.append_foreign(one_record("k", ""));
    run_until([this] { return next_order("k") == 1; });
    run_until([this] { return kafka.fetch_wait_ms == 500; });
}

BOOST_AUTO_TEST_CASE(an_append_whose_client_went_before_it_was_sent_is_dropped) {
    kafka.faults = {fault::close_before};
    append("k", "0");  // loses the connection: what comes now has to wait
    run_until([this] { return kafka.produce_requests == 1; });
    run_until([this] { return log->status().state != partition_state::ready; });
    auto session = std::make_shared<const int>(1);
    append_job job;
    job.records = one_record("gone", "0");
    job.deadline = steady_clock::now() + 30s;
    job.answer_on = &context;
    job.session = session;
    job.session_can_go = true;
    job.done = [](append_answer) { BOOST_TEST(false); };
    log->append(std::move(job));
    session.reset();
    run_until([this] { return answers.size() == 1; });
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::written));
    BOOST_TEST(next_order("gone") == 0);
    BOOST_TEST(kafka.records() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sync::test
