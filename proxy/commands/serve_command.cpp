#include "proxy/commands/command.hpp"
#include "proxy/commands/serve.hpp"
#include "proxy/log/log.hpp"

namespace bkes::proxy {

namespace {

constexpr std::string_view print_option = "--print-config";

outcome<void> run_serve(const invocation& call) {
    const auto loaded = load_config(call);
    if (call.args.has(print_option)) {
        call.around.out << print_config(loaded);
        return {};
    }
    check_brokers_are_named(loaded.value);
    start_log(loaded.value.level, loaded.value.format);
    if (const auto code = serve(loaded.value, [&call] { return load_config(call).value; });
        code != exit_done) {
        return give_up{{static_cast<exit_code>(code), "stopped; the log says why"}};
    }
    return {};
}

}  // namespace

command serve_command() {
    return {.name = "serve",
            .summary = "Run the proxy until SIGTERM or Ctrl-C",
            .takes = {.positionals = {},
                      .options = {config_option,
                                  {print_option, "",
                                   "Show the settings in force, passwords masked, and end"}},
                      .settings = {},
                      .takes_all_settings = true},
            .notes = {},
            .run = run_serve};
}

}  // namespace bkes::proxy
