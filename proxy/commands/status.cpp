#include "proxy/admin/status.hpp"

#include "proxy/commands/client_options.hpp"
#include "proxy/http/http_client.hpp"
#include "sync/net/tls_context.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

namespace {

host_port address_of(const config& settings) {
    if (!settings.admin_listener || settings.admin_listener->port == 0) {
        throw usage_error{
            "admin.listener is off, or on any free port; name it with --admin-listener"};
    }
    return reached_from_here(*settings.admin_listener);
}

/// As commands trust bkes on its other listeners.
std::expected<std::optional<sync::tls_client>, std::string> tls_of(const config& settings) {
    if (!settings.admin_tls) {
        return std::nullopt;
    }
    auto context =
        sync::make_client_context({.ca_location = settings.kafka.tls.ca_location}, "kafka.ssl.");
    if (!context) {
        return std::unexpected{std::move(context.error())};
    }
    return sync::tls_client{std::move(*context), settings.kafka.check};
}

outcome<void> show_status(const invocation& call) {
    const auto settings = load_config(call).value;
    const auto address = address_of(settings);
    const auto tls = tls_of(settings);
    if (!tls) {
        return give_up{{exit_refused, tls.error()}};
    }
    const auto reply = http_get(address, "/status", timeout_of(call), *tls);
    if (!reply) {
        return give_up{{exit_unreachable,
                        fmt::format("no answer from {}: {}", to_string(address), reply.error())}};
    }
    const auto text = reply->status == 200 ? status_text(reply->body) : std::string{};
    if (text.empty()) {
        return give_up{{exit_unreachable,
                        fmt::format("{} is no admin.listener of a bkes", to_string(address))}};
    }
    call.around.out << (call.args.has(one_object_option.name) ? reply->body : text);
    if (!is_ready(reply->body)) {
        return give_up{{exit_refused, "it isn't ready"}};
    }
    return {};
}

}  // namespace

command status_command() {
    return {.name = "status",
            .summary = "Show how a running bkes is: its partitions, their states and lag",
            .takes = {.positionals = {},
                      .options = {one_object_option, timeout_option, config_option},
                      .settings = {"admin.listener", "kafka.ssl.ca.location",
                                   "kafka.ssl.endpoint.identification.algorithm"}},
            .notes =
                "Asks the admin.listener of the configuration, by TLS if that has certificates for "
                "it\n(listener.name.admin.ssl.*), which kafka.ssl.ca.location vouches for. Exit "
                "code 1 if it isn't ready, 3 if "
                "it doesn't\nanswer.\n",
            .run = show_status};
}

}  // namespace bkes::proxy
