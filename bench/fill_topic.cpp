// Fills a topic with events as fast as the broker takes them: --address of its only broker,
// --topic,
// --events, --layout mixed|distinct|scattered, --value-size. One batch of each partition under way at a time.

#include "bench/kafka_connection.hpp"
#include "bench/measure.hpp"
#include "bench/workload.hpp"
#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/produce.hpp"

#include <fmt/format.h>

#include <optional>
#include <thread>

namespace {

using namespace bkes;

constexpr std::int16_t produce_version = 9;
constexpr std::size_t batch_bytes = 256 << 10;
constexpr std::int16_t not_leader = 6;
constexpr int attempts_max = 100;

/// The batches under way, one Produce for all partitions.
class filler {
  public:
    filler(const std::string& address, std::string topic)
        : connection_{address},
          topic_{std::move(topic)},
          partitions_(bench::leaders_of(address, topic_).size()) {}

    void add(std::size_t number, bytes_view key, bytes_view body) {
        auto& partition = partitions_[number % partitions_.size()];
        if (!partition.builder) {
            partition.builder.emplace(partition.batch);
        }
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        partition.builder->add(
            {.timestamp_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
             .key = key,
             .body = body});
        if (partition.builder->size() > batch_bytes) {
            flush();
        }
    }

    /// Writes everything added. A broker may refuse a topic that is a moment old: sent again then.
    void flush() {
        for (auto& partition : partitions_) {
            if (partition.builder) {
                partition.builder->finish(log_offset{0}, {});
                partition.builder.reset();
            }
        }
        for (int attempt = 1; !write(); ++attempt) {
            if (attempt == attempts_max) {
                throw std::runtime_error("the broker doesn't lead the topic's partitions");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
        }
    }

  private:
    struct partition {
        bytes batch;
        std::optional<protocol::batch_builder> builder{};
    };

    /// One Produce with the batch of each partition that has one; false if one has to go again.
    bool write() {
        protocol::produce_request request{.acks = -1, .timeout_ms = 30'000};
        request.topic_data.push_back({.name = topic_});
        for (std::size_t index = 0; index < partitions_.size(); ++index) {
            if (!partitions_[index].batch.empty()) {
                request.topic_data.back().partition_data.push_back(
                    {.index = static_cast<std::int32_t>(index),
                     .records = partitions_[index].batch});
            }
        }
        if (request.topic_data.back().partition_data.empty()) {
            return true;
        }
        const auto answer = connection_.call<protocol::produce_response>(request, produce_version);
        bool is_done = true;
        for (const auto& written : answer.responses.at(0).partition_responses) {
            if (written.error_code == 0) {
                partitions_.at(static_cast<std::size_t>(written.index)).batch.clear();
            } else if (written.error_code == not_leader) {
                is_done = false;
            } else {
                throw std::runtime_error(fmt::format("Produce: error {}", written.error_code));
            }
        }
        return is_done;
    }

    bench::kafka_connection connection_;
    std::string topic_;
    std::vector<partition> partitions_;
};

void fill_mixed(filler& to, std::int64_t events, std::size_t value_size) {
    // Round by round, so that an aggregate of 10 is spread as far as one of 1,000.
    std::array<std::int64_t, bench::mixed_sizes.size()> next{};
    for (std::int64_t event = 0; event < events; ++event) {
        const auto which = static_cast<std::size_t>(event) % bench::mixed_sizes.size();
        const auto size = bench::mixed_sizes[which];
        const auto count = bench::aggregate_count(events, size);
        const auto index = next[which] % count;
        const auto order = next[which]++ / count;
        if (order < size) {
            to.add(static_cast<std::size_t>(index), bench::aggregate_key(size, index),
                   bench::event_body(order, value_size));
        }
    }
    to.flush();
}

template <class Key>
void fill_each(filler& to, std::int64_t events, std::size_t value_size, Key key) {
    for (std::int64_t event = 0; event < events; ++event) {
        to.add(static_cast<std::size_t>(event), key(event), bench::event_body(0, value_size));
    }
    to.flush();
}

void run(const bench::arguments& args) {
    const auto start = bench::clock::now();
    const auto events = args.number("--events", 100'000);
    const auto value_size = static_cast<std::size_t>(args.number("--value-size", 256));
    filler to{args.text("--address"), args.text("--topic")};
    const auto layout = args.text("--layout", "mixed");
    if (layout == "mixed") {
        fill_mixed(to, events, value_size);
    } else if (layout == "distinct") {
        fill_each(to, events, value_size,
                  [](std::int64_t index) { return bench::aggregate_key(1, index); });
    } else if (layout == "scattered") {
        fill_each(to, events, value_size, bench::scattered_key);
    } else {
        throw std::runtime_error(fmt::format("--layout {}: there is none", layout));
    }
    fmt::print("{{\"seconds\": {:.3f}}}\n", bench::seconds_since(start));
}

}  // namespace

int main(int count, char** values) {
    return bkes::bench::run_program(count, values, run);
}
