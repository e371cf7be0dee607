// DescribeConfigs: the settings of a broker in which addresses stand are shown as secrets are, with
// their value left out. docs/decisions/addresses-in-configs.md.

#include "protocol/messages/describe_configs.hpp"

#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/relay_rewritten.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace bkes::proxy {

using protocol::describe_configs_request;
using protocol::describe_configs_response;

namespace {

constexpr std::int8_t broker_resource = 4;

/// `advertised.listeners`, `controller.quorum.bootstrap.servers`, clients inside of a broker: by
/// their ends, as more of them come with each Kafka. `early.start.listeners` has names only.
bool may_hold_address(bytes_view setting) {
    constexpr std::array<std::string_view, 4> ends{"listeners", "bootstrap.servers",
                                                   "quorum.voters", "host.name"};
    return setting != "early.start.listeners" &&
           std::ranges::any_of(ends, [setting](auto end) { return setting.ends_with(end); });
}

void hide_addresses(describe_configs_response::result& described) {
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

}  // namespace

request_route handle_describe_configs(session& client, const client_request& request) {
    const auto decoded = decode_request<describe_configs_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    if (std::ranges::find(decoded->resources, broker_resource,
                          &describe_configs_request::resource::resource_type) ==
        decoded->resources.end()) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    return relay_rewritten<describe_configs_response>(
        client, request, [](address_rewriter&, auto& response) {
            std::ranges::for_each(response.results, hide_addresses);
        });
}

}  // namespace bkes::proxy
