// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs: key topics have no settings (17
// INVALID_TOPIC_EXCEPTION).
//
// The settings of a broker in which addresses stand are shown as secrets are, with their value left
// out: docs/decisions/addresses-in-configs.md.

#include "protocol/messages/alter_configs.hpp"
#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/incremental_alter_configs.hpp"
#include "protocol/wire/number_of.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"
#include "proxy/handlers/relay_rewritten.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace bkes::proxy {

using protocol::describe_configs_request;
using protocol::describe_configs_response;

namespace {

constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t broker_resource = 4;

/// `advertised.listeners`, `controller.quorum.bootstrap.servers`, clients inside of a broker: by
/// their ends, as more of them come with each Kafka. `early.start.listeners` has names only.
bool may_hold_address(bytes_view setting) {
    constexpr std::array<std::string_view, 4> ends{"listeners", "bootstrap.servers",
                                                   "quorum.voters", "host.name"};
    return setting != "early.start.listeners" &&
           std::ranges::any_of(ends, [setting](auto end) { return setting.ends_with(end); });
}

void hide_addresses_in(describe_configs_response::result& described) {
    if (described.resource_type != broker_resource) {
        return;
    }
    for (auto& config : described.configs) {
        if (!may_hold_address(config.name)) {
            continue;
        }
        config.value = std::nullopt;
        config.is_sensitive = true;
        for (auto& synonym : config.synonyms) {
            synonym.value = std::nullopt;
        }
    }
}

void hide_addresses(describe_configs_response& response) {
    std::ranges::for_each(response.results, hide_addresses_in);
}

struct named_resources {
    bool has_key_topic = false;
    bool has_broker = false;
};

/// Walks over the request. Empty if it is malformed: then the session is closed. The name of a
/// resource is a topic's only by the type in front of it, so the field lists don't mark it.
template <class Request>
std::optional<named_resources> look_over(session& client, const client_request& request) {
    named_resources seen;
    std::int8_t type = 0;
    const auto visit = [&](const protocol::located_field& field) {
        if (field.path == "resources.resource_type") {
            type = protocol::number_of<std::int8_t>(field.value);
            seen.has_broker = seen.has_broker || type == broker_resource;
        } else if (type == topic_resource && field.path == "resources.resource_name") {
            seen.has_key_topic = seen.has_key_topic || client.server().key_topics.kind_of(
                                                           field.value) != topic_kind::real;
        }
        return protocol::walk::go_on;
    };
    if (!protocol::locate<Request>(request.body, request.api_version, visit)) {
        client.close(disconnect::malformed_request, Request::schema.name);
        return std::nullopt;
    }
    return seen;
}

/// Moves the key topics out of the request, with an answer to each in `answers`.
template <class Request, class Answer>
bool take_resources(server_state& server, Request& asked, std::vector<Answer>& answers) {
    std::erase_if(asked.resources, [&](const auto& resource) {
        if (resource.resource_type != topic_resource ||
            classify_name(server, resource.resource_name).is_real()) {
            return false;
        }
        auto& answer = answers.emplace_back();
        answer.resource_type = resource.resource_type;
        answer.resource_name = resource.resource_name;
        fail_with(answer, code_of(protocol::kafka_error::invalid_topic_exception));
        return true;
    });
    return !asked.resources.empty();
}

template <class Request, class Response>
request_route alter(session& client, const client_request& request) {
    const auto named = look_over<Request>(client, request);
    if (!named) {
        return request_route::close;
    }
    if (!named->has_key_topic) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    return split_off_key_topics<Request, Response>(
        client, request,
        [](server_state& server, Request& asked, Response& own) {
            return take_resources(server, asked, own.responses);
        },
        [](Response& response, Response& own) { append(response.responses, own.responses); });
}

}  // namespace

request_route handle_describe_configs(session& client, const client_request& request) {
    const auto named = look_over<describe_configs_request>(client, request);
    if (!named) {
        return request_route::close;
    }
    if (named->has_key_topic) {
        return split_off_key_topics<describe_configs_request, describe_configs_response>(
            client, request,
            [](server_state& server, auto& asked, auto& own) {
                return take_resources(server, asked, own.results);
            },
            [](auto& response, auto& own) {
                hide_addresses(response);
                append(response.results, own.results);
            });
    }
    if (named->has_broker) {
        return relay_rewritten<describe_configs_response>(
            client, request, [](address_rewriter&, auto& response) { hide_addresses(response); });
    }
    client.expect_upstream(request);
    return request_route::relay;
}

request_route handle_alter_configs(session& client, const client_request& request) {
    return alter<protocol::alter_configs_request, protocol::alter_configs_response>(client,
                                                                                    request);
}

request_route handle_incremental_alter_configs(session& client, const client_request& request) {
    return alter<protocol::incremental_alter_configs_request,
                 protocol::incremental_alter_configs_response>(client, request);
}

}  // namespace bkes::proxy
