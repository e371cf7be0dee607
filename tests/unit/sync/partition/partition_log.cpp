#include "sync/partition/partition_log.hpp"

#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_partition.hpp"
#include "tests/unit/sync/partition/planted_store.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::fault;
using bkes::test::scripted_partition;
using std::chrono::steady_clock;

bytes one_record(bytes_view key, bytes_view order) {
    bytes out;
    protocol::batch_builder builder{out};
    std::vector<protocol::record_header> headers;
    if (!order.empty()) {
        headers.push_back({"order", order});
    }
    const auto body = protocol::encode_record_body(bytes_view{"value"}, headers);
    builder.add({.timestamp_ms = 1'000, .key = key, .body = body});
    builder.finish(log_offset{0}, {});
    return out;
}

/// A real store and a real partition_log on a partition in memory.
struct fixture : bkes::test::io_fixture {
    std::string directory = (std::filesystem::temp_directory_path() /
                             ("bkes-partition-log-" + std::to_string(::getpid())))
                                .string();
    scripted_partition kafka{context};
    std::unique_ptr<bkes::sync::test::planted_store> store = open_store();
    store_worker worker;
    guarded_topics_options options = test_options();
    event_decoder decoder{"order", ""};
    std::shared_ptr<key_watch> watch =
        std::make_shared<key_watch>([](bytes_view, bytes_view) { return event_order{0}; });
    cluster_view view{
        context,
        {.bootstrap = {{.id = node_id{-1}, .host = "127.0.0.1", .port = kafka.port()}},
         .topics = {"t"},
         .client_id = "test"}};
    std::shared_ptr<producer_probe> probe = std::make_shared<producer_probe>(context, view, "test");
    partition_surroundings around{.options = options,
                                  .store = *store,
                                  .worker = worker,
                                  .view = view,
                                  .watch = *watch,
                                  .decoder = decoder,
                                  .probe = probe,
                                  .state_changed = [] {}};
    claim_table claims{[](partition_id, bytes_view) {}};

    struct gate_of_one : topic_gate {
        gate_of_one() { expect(1); }
    };

    gate_of_one gate;
    std::shared_ptr<produce_lanes> lanes = std::make_shared<produce_lanes>(context, "test");
    std::shared_ptr<partition_log> log =
        std::make_shared<partition_log>(lanes, around, "t", partition_id{0}, claims, gate);
    std::vector<append_answer> answers;

    fixture() : io_fixture{15s} {
        view.on_change([this, started = false](const cluster_snapshot& snapshot) mutable {
            if (!std::exchange(started, true)) {
                log->start(snapshot.topic("t")->id);
            }
        });
        view.start();
        run_until([this] { return log->status().state == partition_state::ready; });
    }

    ~fixture() {
        bool is_stopped = false;
        log->stop(steady_clock::now() + 1s, [&is_stopped] { is_stopped = true; });
        run_until([&is_stopped] { return is_stopped; });
        view.stop();
        probe->stop();
        kafka.stop();
        context.restart();
        context.run_for(2s);
        around.state_changed = [] {};
        log.reset();
        store.reset();
        std::filesystem::remove_all(directory);
    }

    std::unique_ptr<bkes::sync::test::planted_store> open_store() const {
        std::filesystem::remove_all(directory);
        std::filesystem::create_directories(directory);
        auto opened =
            store::event_store::open({.directory = directory + "/store", .cluster_id = "c"});
        BOOST_REQUIRE(opened);
        return std::make_unique<bkes::sync::test::planted_store>(std::move(*opened));
    }

    static guarded_topics_options test_options() {
        guarded_topics_options made;
        made.topics = {"t"};
        made.access.client_id = "test";
        made.lease = 200ms;
        return made;
    }

    void append(bytes_view key, bytes_view order) {
        append_job job;
        job.records = one_record(key, order);
        job.deadline = steady_clock::now() + 30s;
        job.answer_on = &context;
        job.done = [this](append_answer answer) { answers.push_back(std::move(answer)); };
        log->append(std::move(job));
    }

    append_answer append_and_wait(bytes_view key, bytes_view order) {
        const auto before = answers.size();
        append(key, order);
        run_until([&] { return answers.size() > before; });
        return answers.back();
    }

    std::int64_t next_order(bytes_view key) {
        const auto head = store->find_head("t", key);
        return head && *head ? (*head)->next_order.value() : 0;
    }

    /// One append under a planted fault is written once, answered once, and readable.
    void survives(std::vector<fault> planted) {
        BOOST_TEST((append_and_wait("k", "0").outcome == append_result::written));
        kafka.faults.assign(planted.begin(), planted.end());
        const auto answer = append_and_wait("k", "1");
        BOOST_TEST((answer.outcome == append_result::written));
        BOOST_TEST(answer.base_offset.value() == kafka.record_offsets().back());
        BOOST_TEST(kafka.records() == 2U);
        BOOST_TEST(next_order("k") == 2);
        const auto next = append_and_wait("k", "2");
        BOOST_TEST((next.outcome == append_result::written));
        BOOST_TEST(next.base_offset.value() == kafka.record_offsets().back());
        BOOST_TEST(kafka.records() == 3U);
        BOOST_TEST(next_order("k") == 3);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_partition_log, fixture)

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
    survives({fault::close_before});
}

BOOST_AUTO_TEST_CASE(a_lost_answer_is_asked_for_again_and_not_written_twice) {
    survives({fault::close_after});
}

BOOST_AUTO_TEST_CASE(several_lost_answers_in_a_row) {
    survives({fault::close_after, fault::close_before, fault::close_after, fault::timed_out_after});
}

BOOST_AUTO_TEST_CASE(a_time_out_of_the_broker_is_no_failure) {
    survives({fault::timed_out_after});
}

BOOST_AUTO_TEST_CASE(lost_producer_state_is_decided_by_the_log_where_it_was_written) {
    survives({fault::state_lost_after});
}

BOOST_AUTO_TEST_CASE(lost_producer_state_is_decided_by_the_log_where_it_was_not_written) {
    survives({fault::state_lost_before});
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

BOOST_AUTO_TEST_CASE(a_foreign_record_is_seen_without_any_append) {
    append_and_wait("k", "0");
    kafka.append_foreign(one_record("k", ""));
    run_until([this] { return next_order("k") == 2; });
    const auto answer = append_and_wait("k", "1");
    BOOST_TEST((answer.outcome == append_result::order_conflict));
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

BOOST_AUTO_TEST_CASE(whoever_is_taken_over_from_notices_by_the_marker) {
    append_and_wait("k", "0");
    kafka.coordinator().taken_over_by_another();
    run_until([this] { return log->status().state == partition_state::not_owner; });
    BOOST_TEST((append_and_wait("k", "1").outcome == append_result::not_owner));
    BOOST_TEST((log->readable() == wait_result::not_owner));
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

BOOST_AUTO_TEST_CASE(a_conflict_is_only_reported_with_a_proof_of_ownership) {
    append_and_wait("k", "0");
    context.run_for(options.lease + 50ms);
    const auto before = kafka.coordinator().describe_requests;
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(kafka.coordinator().describe_requests == before + 1);
    // The next one comes within the lease.
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(kafka.coordinator().describe_requests == before + 1);
}

BOOST_AUTO_TEST_CASE(a_leader_that_forgot_the_owner_is_reminded) {
    append_and_wait("k", "0");
    context.run_for(options.lease + 50ms);
    kafka.coordinator().is_forgotten = true;
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::order_conflict));
    BOOST_TEST(!kafka.coordinator().is_forgotten);
}

BOOST_AUTO_TEST_CASE(reads_ask_for_a_proof_when_the_last_one_is_old) {
    append_and_wait("k", "0");
    BOOST_TEST((log->readable() == wait_result::reached));
    context.run_for(options.lease + 50ms);
    BOOST_TEST(!log->readable());
    log->want_proof();
    run_until([this] { return log->readable() == wait_result::reached; });
}

BOOST_AUTO_TEST_SUITE_END()
