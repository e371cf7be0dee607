// Reads whole aggregates of a mixed or scattered topic (workload.hpp), one after the other, and counts
// their events. --address, --topic, --layout mixed|scattered, --events (in the topic), --size (of the
// aggregates), --reads,
// --partitions N,N (only aggregates that stand there; without it, all), and --how: fetch-by-key,
// key-topic, or scan (the partition's Fetch loop of a plain client, which reads everything and keeps
// the events of one key; --address is a real broker's).

#include "bench/kafka_connection.hpp"
#include "bench/measure.hpp"
#include "bench/workload.hpp"
#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/messages/fetch_by_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace {

using namespace bkes;

constexpr std::int16_t fetch_version = 12;
/// What Java's consumer asks for.
constexpr std::int32_t fetch_bytes = 50 << 20;
constexpr std::int32_t partition_bytes = 1 << 20;

template <class Visit>
void for_each_record(bytes_view records, Visit visit) {
    while (!records.empty()) {
        const auto header = protocol::decode_batch_header(records);
        if (!header) {
            return;  // Kafka cuts the last batch off where the limit was
        }
        const auto batch = protocol::decode_batch(records.substr(0, header->size()),
                                                  std::numeric_limits<std::int32_t>::max());
        if (!batch) {
            throw std::runtime_error("malformed batch");
        }
        for (const auto& record : batch->records) {
            visit(record, batch->offset_of(record).value());
        }
        records.remove_prefix(header->size());
    }
}

std::int64_t fetch_by_key(bench::kafka_connection& connection, const std::string& topic,
                          const bytes& key) {
    protocol::fetch_by_key_request request{.topic = topic, .max_bytes = fetch_bytes};
    request.keys.push_back({.key = key, .max_bytes = fetch_bytes});
    const auto answer = connection.call<protocol::fetch_by_key_response>(request, 0);
    if (answer.error_code != 0 || answer.keys.at(0).error_code != 0) {
        throw std::runtime_error("FetchByKey was refused");
    }
    std::int64_t events = 0;
    for_each_record(answer.keys[0].records, [&](const auto&, std::int64_t) { ++events; });
    return events;
}

struct fetched {
    std::int64_t high_watermark = 0;
    bytes_view records;
};

/// The answer is decoded into `answer`, which its records point into.
fetched fetch(bench::kafka_connection& connection, const std::string& topic, std::int32_t partition,
              std::int64_t offset, protocol::fetch_response& answer) {
    protocol::fetch_request request{.max_wait_ms = 500, .min_bytes = 1, .max_bytes = fetch_bytes};
    request.topics.push_back({.name = topic});
    request.topics.back().partitions.push_back({.partition_index = partition,
                                                .fetch_offset = offset,
                                                .partition_max_bytes = partition_bytes});
    answer = connection.call<protocol::fetch_response>(request, fetch_version);
    const auto& found = answer.responses.at(0).partitions.at(0);
    if (found.error_code != 0) {
        throw std::runtime_error(fmt::format("Fetch: error {}", found.error_code));
    }
    return {found.high_watermark, found.records.value_or(bytes_view{})};
}

/// From the first offset to the high watermark; counts the records with that key.
std::int64_t read_to_end(bench::kafka_connection& connection, const std::string& topic,
                         std::int32_t partition, const bytes& key) {
    std::int64_t events = 0;
    std::int64_t next = 0;
    protocol::fetch_response answer;
    while (true) {
        const auto got = fetch(connection, topic, partition, next, answer);
        for_each_record(got.records, [&](const auto& record, std::int64_t offset) {
            events += record.key == key ? 1 : 0;
            next = offset + 1;
        });
        if (next >= got.high_watermark) {
            return events;
        }
    }
}

/// The index of an aggregate that stands in one of the partitions.
std::int64_t draw(std::minstd_rand& random, std::int64_t count, std::int32_t partition_count,
                  const std::vector<std::int32_t>& partitions) {
    if (std::ranges::min(partitions) >= count) {
        throw std::runtime_error("no aggregate stands in those partitions");
    }
    while (true) {
        const auto index = static_cast<std::int64_t>(random()) % count;
        if (std::ranges::find(partitions, index % partition_count) != partitions.end()) {
            return index;
        }
    }
}

void run(const bench::arguments& args) {
    const auto address = args.text("--address");
    const auto topic = args.text("--topic");
    const auto how = args.text("--how");
    const auto in_topic = args.number("--events", 100'000);
    const auto size = args.number("--size", 10);
    const bool is_scattered = args.text("--layout", "mixed") == "scattered";
    const auto count = is_scattered ? in_topic : bench::aggregate_count(in_topic, size);
    const auto partition_count =
        static_cast<std::int32_t>(bench::leaders_of(address, topic).size());
    const auto partitions = args.partitions(partition_count);
    bench::kafka_connection connection{address};
    std::minstd_rand random{7};
    bench::latencies taken;
    const auto reads = args.number("--reads", 1000);
    const auto warm_up = how == "scan" ? 0 : reads / 10;
    const auto key_topics = topic + ".key.";
    for (std::int64_t read = 0; read < warm_up + reads; ++read) {
        const auto index = draw(random, count, partition_count, partitions);
        const auto key =
            is_scattered ? bench::scattered_key(index) : bench::aggregate_key(size, index);
        const auto start = bench::clock::now();
        const auto events =
            how == "fetch-by-key" ? fetch_by_key(connection, topic, key)
            : how == "key-topic"
                ? read_to_end(connection, key_topics + std::string{key}, 0, key)
                : read_to_end(connection, topic, static_cast<std::int32_t>(index % partition_count),
                              key);
        if (read >= warm_up) {
            taken.add(bench::clock::now() - start);
        }
        if (events != size) {
            throw std::runtime_error(fmt::format("{} has {} events", key, events));
        }
    }
    fmt::print(R"({{"reads": {}, "p50_us": {:.0f}, "p99_us": {:.0f}}})"
               "\n",
               reads, taken.percentile(0.5), taken.percentile(0.99));
}

}  // namespace

int main(int count, char** values) {
    return bkes::bench::run_program(count, values, run);
}
