// What it costs to count one append that travels alone: everything that is counted of its request and of its
// batch, with the readings of the clock that nothing else needs (docs/decisions/admin-listener.md).
//
//   count_cost [--appends N]      {"ns": of one append, the median of nine runs, ...}

#include "bench/measure.hpp"
#include "protocol/messages/produce.hpp"
#include "proxy/session/session_counts.hpp"
#include "sync/fencing/boot_clock.hpp"
#include "sync/types/partition_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace {

using namespace bkes;
using steady = std::chrono::steady_clock;

constexpr std::size_t runs = 9;

/// Where an append is counted, in the order in which it gets there. What the clock says for other
/// reasons too (when a batch was sent proves ownership) is given: `arrived`, `sent`. Four readings
/// are left that only counting needs.
void count_one(proxy::session_counts& session, sync::partition_counts& partition,
               steady::time_point arrived, sync::boot_clock::time_point sent) {
    constexpr std::int16_t produce = protocol::produce_request::schema.key;
    auto* const taken = session.of(produce);  // proxy/session/requests.cpp
    taken->requests.add();
    taken->request_bytes.add(300);
    const auto whole_at = steady::now();
    partition.batch_records.observe(1);  // sync/partition
    partition.kafka_seconds.observe(sync::boot_clock::now() - sent);
    partition.waiting.set(0);
    partition.of(sync::append_result::written).add();
    partition.append_seconds.observe(steady::now() - arrived);
    auto* const answered = session.of(produce);  // proxy/session/responses.cpp
    answered->response_bytes.add(60);
    answered->seconds.observe(steady::now() - whole_at);
}

void measure(const bench::arguments& given) {
    const auto appends = given.number("appends", 1'000'000);
    proxy::session_counts session;
    sync::partition_counts partition;
    std::array<double, runs> ns{};
    for (auto& one : ns) {
        const auto begun = steady::now();
        const auto sent = sync::boot_clock::now();
        for (std::int64_t number = 0; number < appends; ++number) {
            count_one(session, partition, begun, sent);
        }
        one = std::chrono::duration<double, std::nano>{steady::now() - begun}.count() /
              static_cast<double>(appends);
    }
    std::ranges::sort(ns);
    fmt::print("{{\"ns\": {:.1f}, \"best_ns\": {:.1f}, \"counted\": {}}}\n", ns[runs / 2],
               ns.front(), partition.of(sync::append_result::written).value());
}

}  // namespace

int main(int count, char** values) {
    return bench::run_program(count, values, measure);
}
