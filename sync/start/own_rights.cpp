#include "sync/start/own_rights.hpp"

#include "protocol/errors.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/end_txn.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/messages/metadata.hpp"
#include "sync/fencing/coordinator_session.hpp"
#include "sync/start/start_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace bkes::sync {

namespace {

using protocol::kafka_error;
using weight = missing_right::weight;

/// Authorized operations are a bit for each; the bit's number is Kafka's AclOperation.
struct topic_operation {
    int bit;
    std::string_view name;
};

constexpr topic_operation read_topic{.bit = 3, .name = "Read"};
constexpr topic_operation write_topic{.bit = 4, .name = "Write"};
constexpr topic_operation describe_topic{.bit = 8, .name = "Describe"};

constexpr std::int8_t transaction_coordinator = 1;
/// Since 8 with authorized operations.
constexpr protocol::version_range rights_metadata_versions{.min = 8, .max = 12};
constexpr protocol::version_range single_coordinator_versions{.min = 1, .max = 3};
/// From 5 on an epoch of its own for each transaction (KIP-890).
constexpr protocol::version_range plain_end_txn_versions{.min = 0, .max = 4};

bool is(std::int16_t error_code, kafka_error error) {
    return static_cast<kafka_error>(error_code) == error;
}

/// All questions of one look, over one link.
class rights_questions {
  public:
    rights_questions(start_questions& questions, broker_link& link)
        : questions_{questions}, link_{link} {}

    result<void> ask_topics(const std::vector<std::string>& topics);
    result<void> ask_configs(const std::vector<std::string>& topics);
    result<void> ask_ownership(const std::string& topic);

    std::vector<missing_right> missing;

  private:
    void lacks(std::string resource, std::string_view operation, weight counts = weight::needed) {
        missing.push_back({.resource = std::move(resource),
                           .operation = std::string{operation},
                           .counts = counts});
    }

    start_questions& questions_;
    broker_link& link_;
};

result<void> rights_questions::ask_topics(const std::vector<std::string>& topics) {
    protocol::metadata_request request;
    request.allow_auto_topic_creation = false;
    request.include_topic_authorized_operations = true;
    // Nobody has such a topic; but whoever may see it may see all that begin so.
    std::vector<std::string> name_spaces;
    for (const auto& topic : topics) {
        name_spaces.push_back(topic + ".key.");
    }
    for (const auto& name : topics) {
        request.topics->emplace_back().name = name;
    }
    for (const auto& name : name_spaces) {
        request.topics->emplace_back().name = name;
    }
    return questions_.ask<protocol::metadata_response>(
        link_, request, rights_metadata_versions, [&](const auto& response) {
            for (const auto& topic : response.topics) {
                const bool is_hidden =
                    is(topic.error_code, kafka_error::topic_authorization_failed);
                const auto name = topic.name.value_or("");
                if (is_hidden && std::ranges::find(name_spaces, name) != name_spaces.end()) {
                    lacks(fmt::format("--topic {} --resource-pattern-type prefixed", name),
                          describe_topic.name, weight::wished);
                    continue;
                }
                if (topic.error_code != 0 && !is_hidden) {
                    continue;
                }
                // READ and WRITE each imply DESCRIBE, so a topic that is hidden lacks all three.
                const auto granted = is_hidden ? 0 : topic.topic_authorized_operations;
                for (const auto& one : {read_topic, write_topic, describe_topic}) {
                    if ((granted >> one.bit & 1) == 0) {
                        lacks(fmt::format("--topic {}", name), one.name);
                    }
                }
            }
        });
}

result<void> rights_questions::ask_configs(const std::vector<std::string>& topics) {
    protocol::describe_configs_request request;
    const std::vector<bytes_view> any_setting{"cleanup.policy"};
    for (const auto& topic : topics) {
        request.resources.push_back({.resource_type = topic_resource,
                                     .resource_name = topic,
                                     .configuration_keys = any_setting});
    }
    // No name: what counts for all brokers, which each of them tells.
    request.resources.push_back(
        {.resource_type = broker_resource, .resource_name = "", .configuration_keys = any_setting});
    return questions_.ask<protocol::describe_configs_response>(
        link_, request, protocol::describe_configs_request::schema.versions,
        [&](const auto& response) {
            for (const auto& one : response.results) {
                if (is(one.error_code, kafka_error::topic_authorization_failed)) {
                    lacks(fmt::format("--topic {}", one.resource_name), "DescribeConfigs",
                          weight::wished);
                } else if (is(one.error_code, kafka_error::cluster_authorization_failed)) {
                    lacks("--cluster", "DescribeConfigs", weight::wished);
                }
            }
        });
}

/// A broker looks at the rights first. Then this transaction has nothing to end, as no producer has
/// the id -1, whoever owns the partition now.
result<void> rights_questions::ask_ownership(const std::string& topic) {
    constexpr auto all_ids = "--transactional-id bkes- --resource-pattern-type prefixed";
    const auto id = owner_id(topic, partition_id{0});
    const auto is_refused = [](std::int16_t error_code) {
        return is(error_code, kafka_error::transactional_id_authorization_failed);
    };
    protocol::end_txn_request nothing;
    nothing.transactional_id = id;
    nothing.producer_id = -1;
    nothing.producer_epoch = -1;
    const auto written = questions_.ask<protocol::end_txn_response>(
        link_, nothing, plain_end_txn_versions, [&](const auto& response) {
            if (is_refused(response.error_code)) {
                lacks(all_ids, "Write");
            }
        });
    if (!written) {
        return written;
    }
    protocol::find_coordinator_request where;
    where.key = id;
    where.key_type = transaction_coordinator;
    return questions_.ask<protocol::find_coordinator_response>(
        link_, where, single_coordinator_versions, [&](const auto& response) {
            if (is_refused(response.error_code)) {
                lacks(all_ids, "Describe");
            }
        });
}

}  // namespace

started<std::vector<missing_right>> find_missing_rights(const cluster_access& access,
                                                        const std::vector<std::string>& topics,
                                                        topics_role role,
                                                        std::chrono::milliseconds timeout) {
    if (topics.empty()) {
        return {};
    }
    start_questions questions{access, timeout};
    const auto link = questions.to_any_broker();
    if (!link) {
        return std::unexpected{link.error()};
    }
    rights_questions asked{questions, **link};
    auto outcome = asked.ask_topics(topics);
    if (!outcome && outcome.error() == protocol::protocol_errc::unsupported_version) {
        return {};
    }
    for (const auto& topic : topics) {
        const bool owns = role != topics_role::router;
        outcome = outcome && owns ? asked.ask_ownership(topic) : outcome;
    }
    outcome = outcome ? asked.ask_configs(topics) : outcome;
    if (!outcome) {
        return std::unexpected{start_problem{
            start_problem_kind::unreachable,
            "a broker doesn't answer what bkes may do: " + outcome.error().message()}};
    }
    std::vector<missing_right> found;
    for (auto& one : asked.missing) {
        if (std::ranges::find(found, one) ==
            found.end()) {  // the ids of all topics are one resource
            found.push_back(std::move(one));
        }
    }
    return found;
}

}  // namespace bkes::sync
