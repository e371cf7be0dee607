#pragma once
// One partition_log with a real store, on a partition in memory: what the suites of partition_log
// stand on. All runs in the test's own thread but the store's work.

#include "sync/partition/partition_log.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_partition.hpp"
#include "tests/unit/sync/partition/planted_store.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bkes::sync::test {

using namespace std::chrono_literals;
using bkes::test::fault;
using bkes::test::io_fixture;
using bkes::test::scripted_partition;
using std::chrono::steady_clock;

inline bytes one_record(bytes_view key, bytes_view order) {
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

/// Ready when it was made, and assigned if ownership is shared with `others`. `time`: by what proofs
/// of ownership age.
struct partition_bench : io_fixture {
    boot_time_source now;
    peers* others;
    std::string directory = (std::filesystem::temp_directory_path() /
                             ("bkes-partition-log-" + std::to_string(::getpid())))
                                .string();
    scripted_partition kafka{context};
    std::unique_ptr<planted_store> store = open_store();
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
    std::shared_ptr<producer_probe> probe = std::make_shared<producer_probe>(
        context, view, "test", std::chrono::milliseconds{0}, nullptr, now);
    rebuild_counts rebuilds;
    partition_surroundings around{
        .options = options,
        .store = *store,
        .worker = worker,
        .view = view,
        .watch = *watch,
        .decoder = decoder,
        .probe = probe,
        .throttled = nullptr,
        .rebuilds = rebuilds,
        .redirect = [](bytes_view, partition_id, append_job) { return false; },
        .state_changed = [] {},
        .now = now,
        .others = others};
    claim_table claims{[](partition_id, bytes_view) {}};

    struct gate_of_one : topic_gate {
        gate_of_one() { expect(1); }
    };

    gate_of_one gate;
    std::shared_ptr<produce_lanes> lanes = std::make_shared<produce_lanes>(context, "test");
    std::shared_ptr<partition_log> log =
        std::make_shared<partition_log>(lanes, around, "t", partition_id{0}, claims, gate);
    std::vector<append_answer> answers;

    explicit partition_bench(boot_time_source time = boot_clock::now, peers* sharing = nullptr)
        : io_fixture{15s}, now{std::move(time)}, others{sharing} {
        if (others != nullptr) {
            log->assigned();
        }
        view.on_change([this, started = false](const cluster_snapshot& snapshot) mutable {
            if (!std::exchange(started, true)) {
                log->start(snapshot.topic("t")->id);
            }
        });
        view.start();
        run_until([this] { return log->status().state == partition_state::ready; });
    }

    ~partition_bench() {
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

    std::unique_ptr<planted_store> open_store() const {
        std::filesystem::remove_all(directory);
        std::filesystem::create_directories(directory);
        auto opened =
            store::event_store::open({.directory = directory + "/store", .cluster_id = "c"});
        BOOST_REQUIRE(opened);
        return std::make_unique<planted_store>(std::move(*opened));
    }

    static guarded_topics_options test_options() {
        guarded_topics_options made;
        made.topics = {"t"};
        made.access.client_id = "test";
        made.lease = 200ms;
        return made;
    }

    void append(bytes_view key, bytes_view order) { append_batch(one_record(key, order)); }

    void append_batch(bytes records, bool is_forwarded = false) {
        append_job job;
        job.records = std::move(records);
        job.is_forwarded = is_forwarded;
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
};

}  // namespace bkes::sync::test
