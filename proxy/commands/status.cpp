#include "proxy/admin/status.hpp"

#include "proxy/commands/client_options.hpp"
#include "proxy/http/http_client.hpp"

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

outcome<void> show_status(const invocation& call) {
    const auto address = address_of(load_config(call).value);
    const auto reply = http_get(address, "/status", timeout_of(call));
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
                      .settings = {"admin.listener"}},
            .notes =
                "Asks the admin.listener of the configuration. Exit code 1 if it isn't ready, 3 if "
                "it doesn't\nanswer.\n",
            .run = show_status};
}

}  // namespace bkes::proxy
