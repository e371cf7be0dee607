#include "sync/start/cluster_facts.hpp"

#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/metadata.hpp"
#include "sync/start/start_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace bkes::sync {

namespace {

using protocol::describe_configs_request;
using protocol::describe_configs_response;
using protocol::metadata_request;
using protocol::metadata_response;
using std::chrono::milliseconds;

constexpr protocol::version_range start_metadata_versions{.min = 7, .max = 12};

std::unexpected<start_problem> unreachable(std::string text) {
    return std::unexpected{start_problem{start_problem_kind::unreachable, std::move(text)}};
}

/// A broker that wants a login answers ApiVersions to anybody, and hangs up at the next request.
std::unexpected<start_problem> no_answer(std::error_code error) {
    return unreachable(
        fmt::format("bootstrap.servers: a broker doesn't answer a question about the cluster ({}); "
                    "if its listener wants a login, set kafka.security.protocol",
                    error.message()));
}

template <class Visit>
started<void> ask_metadata(start_questions& questions, broker_link& link,
                           const metadata_request& request, Visit visit) {
    const auto asked =
        questions.ask<metadata_response>(link, request, start_metadata_versions, visit);
    if (!asked) {
        return no_answer(asked.error());
    }
    return {};
}

std::vector<broker_address> brokers_of(const metadata_response& response) {
    std::vector<broker_address> brokers;
    for (const auto& one : response.brokers) {
        brokers.push_back({.id = node_id{one.node_id},
                           .host = std::string{one.host},
                           .port = static_cast<std::uint16_t>(one.port)});
    }
    return brokers;
}

std::int64_t number_or(bytes_view text, std::int64_t otherwise) {
    std::int64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void read_topic_config(bytes_view name, bytes_view value, topic_facts& facts) {
    if (name == "cleanup.policy") {
        facts.cleanup_policy = value;
    } else if (name == "retention.ms") {
        facts.retention_ms = number_or(value, -1);
    } else if (name == "retention.bytes") {
        facts.retention_bytes = number_or(value, -1);
    }
}

void keep_least(std::optional<milliseconds>& least, milliseconds found) {
    least = std::min(least.value_or(found), found);
}

void read_broker_config(bytes_view name, bytes_view value, cluster_facts& facts) {
    if (name == "producer.id.expiration.ms" || name == "transactional.id.expiration.ms") {
        if (const milliseconds expiry{number_or(value, 0)}; expiry > milliseconds{0}) {
            keep_least(facts.producer_expiry, expiry);
        }
    } else if (name == "connections.max.idle.ms") {
        const milliseconds idle{number_or(value, 0)};
        keep_least(facts.connection_idle, idle < milliseconds{0} ? milliseconds::max() : idle);
    }
}

describe_configs_request configs_question(std::int8_t type, std::span<const std::string> names) {
    describe_configs_request request;
    for (const auto& name : names) {
        request.resources.push_back(
            {.resource_type = type, .resource_name = name, .configuration_keys = std::nullopt});
    }
    return request;
}

/// `visit(resource, name, value)` for each setting; never where the rights to ask are missing.
template <class Visit>
void visit_configs(const describe_configs_response& response, Visit visit) {
    for (const auto& resource : response.results) {
        if (resource.error_code != 0) {
            continue;
        }
        for (const auto& one : resource.configs) {
            if (one.value) {
                visit(resource.resource_name, one.name, *one.value);
            }
        }
    }
}

/// What can't be asked for stays as it is: unknown.
void ask_topic_configs(start_questions& questions, broker_link& link,
                       std::vector<topic_facts>& topics) {
    std::vector<std::string> names;
    for (const auto& topic : topics) {
        names.push_back(topic.name);
    }
    if (names.empty()) {
        return;
    }
    std::ignore = questions.ask<describe_configs_response>(
        link, configs_question(topic_resource, names), describe_configs_request::schema.versions,
        [&](const auto& response) {
            visit_configs(response, [&](bytes_view topic, bytes_view name, bytes_view value) {
                const auto found = std::ranges::find(topics, topic, &topic_facts::name);
                if (found != topics.end()) {
                    read_topic_config(name, value, *found);
                }
            });
        });
}

/// Each broker tells its own, so all are asked, at once. One that has just gone is still in the
/// metadata: as soon as another has answered, nobody waits for it long.
void ask_broker_configs(start_questions& questions, const std::vector<broker_address>& brokers,
                        cluster_facts& facts, std::size_t& ended) {
    constexpr milliseconds for_the_others{2'000};

    std::vector<std::shared_ptr<broker_link>> links(brokers.size());
    auto until = questions.deadline();
    for (std::size_t index = 0; index < brokers.size(); ++index) {
        const auto name = std::to_string(brokers[index].id.value());
        links[index] = questions.begin(brokers[index], [&, index, name](std::error_code error) {
            if (error) {
                ++ended;
                return;
            }
            links[index]->call_latest<describe_configs_response>(
                configs_question(broker_resource, std::span{&name, 1}),
                describe_configs_request::schema.versions, questions.time_left(),
                [&](result<describe_configs_response> response) {
                    ++ended;
                    if (response) {
                        visit_configs(*response,
                                      [&](bytes_view, bytes_view setting, bytes_view value) {
                                          read_broker_config(setting, value, facts);
                                      });
                    }
                });
        });
    }
    for (std::size_t seen = 0; seen < brokers.size(); ++seen) {
        if (!questions.wait([&] { return ended > seen; }, until)) {
            break;
        }
        until = std::min(until, start_questions::clock::now() + for_the_others);
    }
    for (const auto& link : links) {
        link->close();  // what refers to this call ends with it
    }
}

std::unexpected<start_problem> no_such_topic(const std::string& name) {
    return std::unexpected{start_problem{
        start_problem_kind::bad_setting,
        fmt::format("guarded topic '{0}' does not exist: create it (kafka-topics.sh "
                    "--create --topic {0} --config retention.ms=-1), or take it out of 'topics'",
                    name)}};
}

}  // namespace

started<cluster_identity> discover(const cluster_access& access, milliseconds timeout) {
    cluster_identity identity;
    start_questions questions{access, timeout};
    const auto link = questions.to_any_broker();
    if (!link) {
        return std::unexpected{link.error()};
    }
    if (const auto asked = ask_metadata(questions, **link, metadata_request{},
                                        [&identity](const metadata_response& response) {
                                            identity.brokers = brokers_of(response);
                                            identity.cluster_id =
                                                response.cluster_id.value_or(bytes_view{});
                                        });
        !asked) {
        return std::unexpected{asked.error()};
    }
    if (identity.cluster_id.empty()) {
        return unreachable(fmt::format("bootstrap.servers={} don't tell their cluster id",
                                       access.bootstrap_servers));
    }
    return identity;
}

started<cluster_facts> read_cluster_facts(const cluster_access& access,
                                          const std::vector<std::string>& topics,
                                          milliseconds timeout) {
    cluster_facts facts;
    std::vector<broker_address> brokers;
    for (const auto& name : topics) {
        facts.guarded.push_back({.name = name, .cleanup_policy = {}});
    }
    std::size_t ended = 0;
    start_questions questions{access, timeout};
    const auto link = questions.to_any_broker();
    if (!link) {
        return std::unexpected{link.error()};
    }
    metadata_request all_topics;
    all_topics.topics = std::nullopt;
    if (const auto asked = ask_metadata(
            questions, **link, all_topics,
            [&](const metadata_response& response) {
                brokers = brokers_of(response);
                for (const auto& topic : response.topics) {
                    const auto& name =
                        facts.all_topics.emplace_back(topic.name.value_or(bytes_view{}));
                    const auto found = std::ranges::find(facts.guarded, name, &topic_facts::name);
                    if (found != facts.guarded.end() && topic.error_code == 0) {
                        found->partition_count = static_cast<std::int32_t>(topic.partitions.size());
                    }
                }
            });
        !asked) {
        return std::unexpected{asked.error()};
    }
    for (const auto& topic : facts.guarded) {
        if (topic.partition_count == 0) {
            return no_such_topic(topic.name);
        }
    }
    ask_topic_configs(questions, **link, facts.guarded);
    ask_broker_configs(questions, brokers, facts, ended);
    return facts;
}

}  // namespace bkes::sync
