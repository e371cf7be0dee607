#include "sync/rdkafka/cluster_facts.hpp"

#include "sync/rdkafka/client_handle.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace bkes::sync {

namespace {

using std::chrono::milliseconds;

struct metadata_deleter {
    void operator()(const rd_kafka_metadata_t* metadata) const {
        rd_kafka_metadata_destroy(metadata);
    }
};

using kafka_metadata = std::unique_ptr<const rd_kafka_metadata_t, metadata_deleter>;

struct event_deleter {
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};

using kafka_event = std::unique_ptr<rd_kafka_event_t, event_deleter>;

std::unexpected<start_problem> problem(start_problem_kind kind, std::string text) {
    return std::unexpected{start_problem{kind, std::move(text)}};
}

int to_ms(milliseconds timeout) {
    return static_cast<int>(timeout.count());
}

started<kafka_handle> open(const std::string& bootstrap_servers,
                           const std::map<std::string, std::string>& kafka_settings) {
    auto opened = open_kafka(bootstrap_servers, kafka_settings);
    if (!opened) {
        return problem(start_problem_kind::bad_setting, "kafka.* settings: " + opened.error());
    }
    return std::move(*opened);
}

started<kafka_metadata> ask_metadata(rd_kafka_t* kafka, const std::string& bootstrap_servers,
                                     bool all_topics, milliseconds timeout) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(kafka, all_topics ? 1 : 0, nullptr, &raw, to_ms(timeout));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return problem(
            start_problem_kind::unreachable,
            fmt::format("no broker of bootstrap.servers={} answers ({}): check the address "
                        "and that Kafka is running",
                        bootstrap_servers, rd_kafka_err2str(error)));
    }
    return kafka_metadata{raw};
}

std::int64_t number_or(const char* text, std::int64_t otherwise) {
    const std::string_view view{text == nullptr ? "" : text};
    std::int64_t number = otherwise;
    std::from_chars(view.data(), view.data() + view.size(), number);
    return number;
}

void read_topic_config(std::string_view name, const char* value, topic_facts& facts) {
    if (name == "cleanup.policy" && value != nullptr) {
        facts.cleanup_policy = value;
    } else if (name == "retention.ms") {
        facts.retention_ms = number_or(value, -1);
    } else if (name == "retention.bytes") {
        facts.retention_bytes = number_or(value, -1);
    }
}

/// The answer comes to the queue.
void send_configs_question(rd_kafka_t* kafka, rd_kafka_queue_t* queue, rd_kafka_ResourceType_t type,
                           const std::vector<std::string>& names) {
    std::vector<rd_kafka_ConfigResource_t*> asked;
    for (const auto& name : names) {
        asked.push_back(rd_kafka_ConfigResource_new(type, name.c_str()));
    }
    rd_kafka_DescribeConfigs(kafka, asked.data(), asked.size(), nullptr, queue);
    rd_kafka_ConfigResource_destroy_array(asked.data(), asked.size());
}

/// Calls `visit(resource, name, value)` for each setting; never where the rights to ask are
/// missing.
template <class Visit>
void visit_configs(rd_kafka_event_t* event, Visit visit) {
    const auto* answer = rd_kafka_event_DescribeConfigs_result(event);
    if (answer == nullptr) {
        return;
    }
    std::size_t count = 0;
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(answer, &count);
    for (std::size_t index = 0; index < count; ++index) {
        const auto* resource = resources[index];
        if (rd_kafka_ConfigResource_error(resource) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            continue;
        }
        std::size_t entry_count = 0;
        const auto** entries = rd_kafka_ConfigResource_configs(resource, &entry_count);
        for (std::size_t entry = 0; entry < entry_count; ++entry) {
            visit(std::string_view{rd_kafka_ConfigResource_name(resource)},
                  std::string_view{rd_kafka_ConfigEntry_name(entries[entry])},
                  rd_kafka_ConfigEntry_value(entries[entry]));
        }
    }
}

void ask_topic_configs(rd_kafka_t* kafka, std::vector<topic_facts>& topics, milliseconds timeout) {
    if (topics.empty()) {
        return;
    }
    std::vector<std::string> names;
    for (const auto& topic : topics) {
        names.push_back(topic.name);
    }
    const kafka_queue queue{rd_kafka_queue_new(kafka)};
    send_configs_question(kafka, queue.get(), RD_KAFKA_RESOURCE_TOPIC, names);
    const kafka_event event{rd_kafka_queue_poll(queue.get(), to_ms(timeout))};
    if (!event) {
        return;
    }
    visit_configs(event.get(),
                  [&](std::string_view topic, std::string_view name, const char* value) {
                      const auto found = std::ranges::find(topics, topic, &topic_facts::name);
                      if (found != topics.end()) {
                          read_topic_config(name, value, *found);
                      }
                  });
}

void keep_least(std::optional<milliseconds>& least, milliseconds found) {
    least = std::min(least.value_or(found), found);
}

void read_broker_config(std::string_view name, const char* value, cluster_facts& facts) {
    if (name == "producer.id.expiration.ms" || name == "transactional.id.expiration.ms") {
        if (const milliseconds expiry{number_or(value, 0)}; expiry > milliseconds{0}) {
            keep_least(facts.producer_expiry, expiry);
        }
    } else if (name == "connections.max.idle.ms" && value != nullptr) {
        const milliseconds idle{number_or(value, 0)};
        keep_least(facts.connection_idle, idle < milliseconds{0} ? milliseconds::max() : idle);
    }
}

/// Each broker tells its own, so all are asked, at once. One that has just gone is still in the
/// metadata: as soon as another has answered, nobody waits for it long.
void ask_broker_configs(rd_kafka_t* kafka, const rd_kafka_metadata_t& cluster, milliseconds timeout,
                        cluster_facts& facts) {
    constexpr milliseconds for_the_others{2'000};
    using std::chrono::steady_clock;

    const kafka_queue queue{rd_kafka_queue_new(kafka)};
    for (int index = 0; index < cluster.broker_cnt; ++index) {
        send_configs_question(kafka, queue.get(), RD_KAFKA_RESOURCE_BROKER,
                              {std::to_string(cluster.brokers[index].id)});
    }
    auto deadline = steady_clock::now() + timeout;
    for (int left = cluster.broker_cnt; left > 0; --left) {
        const auto wait = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
        const kafka_event event{
            rd_kafka_queue_poll(queue.get(), to_ms(std::max(wait, milliseconds{0})))};
        if (!event) {
            return;
        }
        visit_configs(event.get(),
                      [&facts](std::string_view, std::string_view name, const char* value) {
                          read_broker_config(name, value, facts);
                      });
        deadline = std::min(deadline, steady_clock::now() + for_the_others);
    }
}

}  // namespace

started<cluster_identity> discover(const std::string& bootstrap_servers,
                                   const std::map<std::string, std::string>& kafka_settings,
                                   std::chrono::milliseconds timeout) {
    const auto kafka = open(bootstrap_servers, kafka_settings);
    if (!kafka) {
        return std::unexpected{kafka.error()};
    }
    const auto metadata = ask_metadata(kafka->get(), bootstrap_servers, false, timeout);
    if (!metadata) {
        return std::unexpected{metadata.error()};
    }
    cluster_identity identity;
    for (int index = 0; index < (*metadata)->broker_cnt; ++index) {
        const auto& broker = (*metadata)->brokers[index];
        identity.brokers.push_back({.id = node_id{broker.id},
                                    .host = broker.host,
                                    .port = static_cast<std::uint16_t>(broker.port)});
    }
    char* const id = rd_kafka_clusterid(kafka->get(), to_ms(timeout));
    if (id == nullptr) {
        return problem(
            start_problem_kind::unreachable,
            fmt::format("bootstrap.servers={} don't tell their cluster id", bootstrap_servers));
    }
    identity.cluster_id = id;
    rd_kafka_mem_free(kafka->get(), id);
    return identity;
}

started<cluster_facts> read_cluster_facts(const std::string& bootstrap_servers,
                                          const std::map<std::string, std::string>& kafka_settings,
                                          const std::vector<std::string>& topics,
                                          std::chrono::milliseconds timeout) {
    const auto kafka = open(bootstrap_servers, kafka_settings);
    if (!kafka) {
        return std::unexpected{kafka.error()};
    }
    const auto metadata = ask_metadata(kafka->get(), bootstrap_servers, true, timeout);
    if (!metadata) {
        return std::unexpected{metadata.error()};
    }
    cluster_facts facts;
    for (const auto& name : topics) {
        facts.guarded.push_back({.name = name, .cleanup_policy = {}});
    }
    for (int index = 0; index < (*metadata)->topic_cnt; ++index) {
        const auto& topic = (*metadata)->topics[index];
        facts.all_topics.emplace_back(topic.topic);
        const auto found =
            std::ranges::find(facts.guarded, std::string_view{topic.topic}, &topic_facts::name);
        if (found != facts.guarded.end() && topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            found->partition_count = topic.partition_cnt;
        }
    }
    for (const auto& topic : facts.guarded) {
        if (topic.partition_count == 0) {
            return problem(
                start_problem_kind::bad_setting,
                fmt::format(
                    "guarded topic '{0}' does not exist: create it (kafka-topics.sh "
                    "--create --topic {0} --config retention.ms=-1), or take it out of 'topics'",
                    topic.name));
        }
    }
    ask_topic_configs(kafka->get(), facts.guarded, timeout);
    ask_broker_configs(kafka->get(), **metadata, timeout, facts);
    return facts;
}

started<std::vector<partition_bounds>> read_log_bounds(
    const std::string& bootstrap_servers, const std::map<std::string, std::string>& kafka_settings,
    const topic_facts& topic, std::chrono::milliseconds timeout) {
    const auto kafka = open(bootstrap_servers, kafka_settings);
    if (!kafka) {
        return std::unexpected{kafka.error()};
    }
    std::vector<partition_bounds> bounds;
    for (std::int32_t partition = 0; partition < topic.partition_count; ++partition) {
        auto& one = bounds.emplace_back();
        const auto error = rd_kafka_query_watermark_offsets(
            kafka->get(), topic.name.c_str(), partition, &one.start, &one.end, to_ms(timeout));
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return problem(start_problem_kind::unreachable,
                           fmt::format("end of partition {} of '{}' can't be asked for: {}",
                                       partition, topic.name, rd_kafka_err2str(error)));
        }
    }
    return bounds;
}

}  // namespace bkes::sync
