// What a rebuild is compared with: an ordinary librdkafka consumer that reads a topic from its
// start to its end and drops what it reads. --address, --topic.

#include "bench/kafka_connection.hpp"
#include "bench/measure.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace {

using namespace bkes;

rd_kafka_t* make_consumer(const std::string& address) {
    std::array<char, 512> reason{};
    auto* conf = rd_kafka_conf_new();
    const auto set = [&](const char* name, const char* value) {
        if (rd_kafka_conf_set(conf, name, value, reason.data(), reason.size()) !=
            RD_KAFKA_CONF_OK) {
            throw std::runtime_error(reason.data());
        }
    };
    set("bootstrap.servers", address.c_str());
    set("group.id", "bench-plain-consumer");
    set("enable.auto.commit", "false");
    set("auto.offset.reset", "earliest");
    set("enable.partition.eof", "true");
    auto* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size());
    if (consumer == nullptr) {
        throw std::runtime_error(reason.data());
    }
    rd_kafka_poll_set_consumer(consumer);
    return consumer;
}

struct consumed {
    std::int64_t records = 0;
    std::int64_t size = 0;  ///< bytes of keys and values
};

/// Until the end of each partition was reached once: markers take offsets, and are not given out.
consumed read_all(rd_kafka_t* consumer, std::int32_t partitions) {
    auto* queue = rd_kafka_queue_get_consumer(consumer);
    std::vector<rd_kafka_message_t*> messages(10'000);
    consumed all;
    while (partitions > 0) {
        const auto got =
            rd_kafka_consume_batch_queue(queue, 1000, messages.data(), messages.size());
        for (ssize_t index = 0; index < got; ++index) {
            auto* message = messages[static_cast<std::size_t>(index)];
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                all.size += static_cast<std::int64_t>(message->len + message->key_len);
                ++all.records;
            } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                --partitions;
            }
            rd_kafka_message_destroy(message);
        }
    }
    rd_kafka_queue_destroy(queue);
    return all;
}

void run(const bench::arguments& args) {
    const auto address = args.text("--address");
    const auto topic = args.text("--topic");
    const auto partitions = static_cast<std::int32_t>(bench::leaders_of(address, topic).size());

    const auto start = bench::clock::now();
    auto* consumer = make_consumer(address);
    auto* assigned = rd_kafka_topic_partition_list_new(partitions);
    for (std::int32_t index = 0; index < partitions; ++index) {
        rd_kafka_topic_partition_list_add(assigned, topic.c_str(), index)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(consumer, assigned);
    rd_kafka_topic_partition_list_destroy(assigned);
    const auto all = read_all(consumer, partitions);
    const auto seconds = bench::seconds_since(start);
    fmt::print(R"({{"records": {}, "bytes": {}, "seconds": {:.3f}, "cpu_seconds": {:.3f}}})"
               "\n",
               all.records, all.size, seconds, bench::cpu_seconds());
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

}  // namespace

int main(int count, char** values) {
    return bkes::bench::run_program(count, values, run);
}
