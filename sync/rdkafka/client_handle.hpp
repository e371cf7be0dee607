#pragma once
// librdkafka's objects with owners. Only for this room's sources.

#include "sync/types/cluster_access.hpp"

#include <librdkafka/rdkafka.h>

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace bkes::sync {

struct kafka_deleter {
    void operator()(rd_kafka_t* kafka) const { rd_kafka_destroy(kafka); }

    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }

    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};

using kafka_handle = std::unique_ptr<rd_kafka_t, kafka_deleter>;
using kafka_topic = std::unique_ptr<rd_kafka_topic_t, kafka_deleter>;
using kafka_queue = std::unique_ptr<rd_kafka_queue_t, kafka_deleter>;

/// The same way to the brokers in librdkafka's settings.
std::map<std::string, std::string> librdkafka_settings(const cluster_access& access);

/// What a handle's callbacks need and tell; outlives the handle.
struct client_surroundings {
    const cluster_access& access;
    /// Why the broker doesn't let librdkafka in, which librdkafka itself tries again for ever. Set
    /// in rd_kafka_poll.
    std::string refused{};
    /// A group gives or takes partitions (rd_kafka_conf_set_rebalance_cb). Called in
    /// rd_kafka_consumer_poll; empty: librdkafka does by itself what is right for most.
    std::function<void(rd_kafka_t*, int error, rd_kafka_topic_partition_list_t*)> rebalanced{};
};

/// A consumer. Fails with librdkafka's own words on a setting it doesn't know. It logs in with the
/// same token as bkes' own connections: Debian 12's librdkafka can't ask for one itself (it is built
/// without curl).
std::expected<kafka_handle, std::string> open_kafka(
    const std::map<std::string, std::string>& settings, client_surroundings& around);

}  // namespace bkes::sync
