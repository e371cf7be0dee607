#pragma once
// One sequencer with a store in memory, and short words for what happens to it. Keys and ids are
// string literals, so their views live for ever.

#include "sync/sequencer/sequencer.hpp"
#include "tests/support/sequencer_world.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <vector>

namespace bkes::sync {

inline std::ostream& operator<<(std::ostream& out, append_outcome outcome) {
    return out << "outcome " << static_cast<int>(outcome);
}

}  // namespace bkes::sync

namespace bkes::tests {

using sync::answer;
using sync::append_id;
using sync::append_outcome;
using sync::batch_id;
using sync::order_condition;

inline constexpr partition_id home{3};

inline sync::judged_event event(std::string_view key, std::int64_t order,
                                std::string_view event_id = {}) {
    sync::judged_event out{.key = key, .condition = order_condition::exactly(order)};
    if (!event_id.empty()) out.event_id = event_id;
    return out;
}

inline sync::judged_event event(std::string_view key, order_condition condition) {
    return {.key = key, .condition = condition};
}

inline sync::producer_sequence sequence(std::int64_t producer, std::int16_t epoch,
                                        std::int32_t base, std::int32_t count = 1) {
    return {producer_id{producer}, producer_epoch{epoch}, sequence_number{base}, count};
}

inline sync::instant at(int ms) {
    return sync::instant{} + std::chrono::milliseconds{ms};
}

inline constexpr std::size_t all_batches = 5;

struct sequencer_bench {
    explicit sequencer_bench(std::size_t in_flight_max = 1)
        : sequencer_bench(
              sync::sequencer_options{.partition = home, .in_flight_batches_max = in_flight_max}) {}

    explicit sequencer_bench(const sync::sequencer_options& options)
        : claims{table, options.partition}, machine{options, heads, claims} {
        table.settled = [this](bytes_view key, partition_id waiting) {
            if (waiting == home) machine.head_changed(key);
        };
        machine.resume();
    }

    append_id submit(std::vector<sync::judged_event> records,
                     std::optional<sync::producer_sequence> producer = {}) {
        return submit(sync::append{.records = std::move(records),
                                   .sequence = producer,
                                   .size_bytes = 100,
                                   .memory_bytes = 100});
    }

    append_id submit(sync::append request) {
        request.id = append_id{next_append++};
        requests.emplace(request.id, request);
        machine.submit(std::move(request));
        return append_id{next_append - 1};
    }

    /// Takes the actions; answers are kept for `answer_of`, batches for `ack`.
    std::vector<sync::send_batch> take() {
        auto done = machine.take_actions(all_batches);
        for (const auto& reply : done.answers) {
            BOOST_TEST_REQUIRE(answers.emplace(reply.id, reply).second, "answered twice");
        }
        for (const auto& batch : done.sends) sent[batch.id] = batch.appends;
        for (const auto cause : done.held) ++holds[cause];
        for (const auto id : done.released) {
            BOOST_TEST_REQUIRE(requests.contains(id));
            BOOST_TEST_REQUIRE(released.insert(id).second, "released twice");
        }
        return done.sends;
    }

    /// Takes the actions and gives the ids of the one batch that is sent.
    std::vector<std::uint64_t> sent_now() {
        std::vector<std::uint64_t> ids;
        for (const auto& batch : take()) {
            last = batch.id;
            for (const auto id : batch.appends) ids.push_back(id.value());
        }
        return ids;
    }

    /// The batch stands in the log, after what stands there, and is acknowledged.
    void ack(batch_id id) {
        machine.acked(id, log_offset{log_end});
        for (const auto append : sent.at(id)) {
            for (const auto& record : requests.at(append).records) {
                if (record.key) {
                    unstored.push_back(
                        {*record.key, log_offset{log_end}, record.event_id.value_or(bytes_view{})});
                }
                ++log_end;
            }
        }
    }

    void store() {
        for (const auto& record : unstored) heads.add(record.key, home, record.offset, record.id);
        unstored.clear();
        machine.stored(log_offset{log_end});
    }

    void ack_and_store() {
        ack(last);
        store();
    }

    [[nodiscard]] bool answered(append_id id) const { return answers.contains(id); }

    [[nodiscard]] append_outcome outcome(append_id id) const {
        BOOST_TEST_REQUIRE(answered(id), "append " << id.value() << " has no answer");
        return answers.at(id).outcome;
    }

    struct log_record {
        bytes_view key;
        log_offset offset;
        bytes_view id;
    };

    memory_heads heads;
    claim_table table;
    memory_claims claims;
    sync::sequencer machine;

    std::uint64_t next_append = 1;
    std::int64_t log_end = 0;
    batch_id last;
    std::map<append_id, sync::append> requests;
    std::map<append_id, answer> answers;
    std::set<append_id> released;
    std::map<sync::hold_cause, int> holds;
    std::map<batch_id, std::vector<append_id>> sent;
    std::vector<log_record> unstored;
};

using ids = std::vector<std::uint64_t>;

}  // namespace bkes::tests
