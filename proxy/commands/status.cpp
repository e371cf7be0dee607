#include "proxy/admin/status.hpp"

#include "proxy/admin/http_client.hpp"
#include "proxy/commands/command.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

namespace {

constexpr option status_json_option{"--json", "", "Print one JSON object"};
constexpr option status_timeout_option{"--timeout-ms", "N",
                                       "How long to wait for an answer [10000]"};

host_port address_of(const config& settings) {
    if (!settings.admin_listener || settings.admin_listener->port == 0) {
        throw usage_error{
            "admin.listener is off, or on any free port; name it with --admin-listener"};
    }
    auto address = *settings.admin_listener;
    if (address.host == "0.0.0.0" || address.host == "::") {
        address.host = "localhost";
    }
    return address;
}

outcome<void> show_status(const invocation& call) {
    const auto address = address_of(load_config(call).value);
    const auto reply = http_get(address, "/status",
                                std::chrono::milliseconds{call.args.number(
                                    status_timeout_option.name, 10'000, 1, 3'600'000)});
    if (!reply) {
        return give_up{{exit_unreachable,
                        fmt::format("no answer from {}: {}", to_string(address), reply.error())}};
    }
    const auto text = reply->status == 200 ? status_text(reply->body) : std::string{};
    if (text.empty()) {
        return give_up{{exit_unreachable,
                        fmt::format("{} is no admin.listener of a bkes", to_string(address))}};
    }
    call.around.out << (call.args.has(status_json_option.name) ? reply->body : text);
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
                      .options = {status_json_option, status_timeout_option, config_option},
                      .settings = {"admin.listener"}},
            .notes =
                "Asks the admin.listener of the configuration. Exit code 1 if it isn't ready, 3 if "
                "it doesn't\nanswer.\n",
            .run = show_status};
}

}  // namespace bkes::proxy
