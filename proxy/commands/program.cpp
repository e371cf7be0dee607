#include "proxy/commands/program.hpp"

#include "proxy/commands/flags_of.hpp"
#include "proxy/config/listener_settings.hpp"
#include "proxy/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace bkes::proxy {

namespace {

constexpr std::string_view introduction = "bkes " BKES_VERSION
                                          ": a Kafka proxy that makes topics an event store\n"
                                          "\n"
                                          "Usage: bkes COMMAND [ARGUMENTS] [OPTIONS]\n"
                                          "\n";

bool asks_for_help(std::span<const std::string> args) {
    const auto options_end = std::ranges::find(args, "--");
    return std::any_of(args.begin(), options_end,
                       [](const auto& arg) { return arg == "--help" || arg == "-h"; });
}

std::string all_help(std::span<const command> commands) {
    std::string text{introduction};
    for (const auto& one : commands) {
        text += fmt::format("  {:<10} {}\n", one.name, one.summary);
    }
    return text +
           "\n"
           "bkes COMMAND --help shows the options of a command.\n"
           "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 unreachable.\n";
}

std::string help_of(const shown_flag& flag) {
    return fmt::format("  {}{}{}\n      {}\n", flag.name, flag.value_name.empty() ? "" : " ",
                       flag.value_name, flag.help);
}

std::string help_of(const command& one) {
    std::string text = fmt::format("{}\n\nUsage: bkes {}", one.summary, one.name);
    for (const auto& name : one.takes.positionals) {
        text += fmt::format(" {}", name);
    }
    text += " [OPTIONS]\n";
    if (!one.notes.empty()) {
        text += fmt::format("\n{}", one.notes);
    }
    text += "\nOptions:\n";
    std::string settings;
    for (const auto& flag : flags_of(one)) {
        const bool is_apart = flag.is_setting && one.takes.takes_all_settings;
        (is_apart ? settings : text) += help_of(flag);
    }
    if (one.takes.takes_all_settings) {
        text +=
            "\nSettings: as flag, as variable (--hold-ms is BKES_HOLD_MS), or in the properties\n"
            "file (hold.ms=5000); a flag wins over a variable, a variable over the file.\n" +
            settings;
        std::string names;
        for (const auto& row : all_listener_settings()) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", row.key);
        }
        text += fmt::format(
            "  --listener-name-NAME-SETTING VALUE\n      For the listener NAME alone: {}\n", names);
    }
    return text;
}

int refuse(surroundings& around, std::string_view text, std::string_view hint) {
    around.err << "bkes: " << text << "\n" << hint << "\n";
    return exit_usage;
}

int run_command(const command& one, std::span<const std::string> args, surroundings& around) {
    try {
        const arguments parsed{args, one.takes};
        const auto done = one.run({parsed, around});
        around.out.flush();
        if (!done) {
            around.err << "bkes: " << done.error().text << "\n";
            return done.error().code;
        }
        return exit_done;
    } catch (const usage_error& wrong) {
        return refuse(around, wrong.what(), fmt::format("See: bkes {} --help", one.name));
    } catch (const config_error& wrong) {
        around.err << "bkes: wrong configuration\n" << wrong.what() << "\n";
        return exit_usage;
    }
}

std::optional<std::string> variable(const surroundings& around, std::string_view name) {
    for (const auto& one : around.environment) {
        if (one.starts_with(name) && one.size() > name.size() && one[name.size()] == '=') {
            return one.substr(name.size() + 1);
        }
    }
    return std::nullopt;
}

}  // namespace

int run_program(std::span<const std::string> args, std::span<const command> commands,
                surroundings& around) {
    constexpr std::string_view hint = "See: bkes --help";
    if (args.empty()) {
        around.err << all_help(commands);
        return exit_usage;
    }
    const auto& name = args[0] == "--version" ? std::string{"version"} : args[0];
    const auto found = std::ranges::find(commands, name, &command::name);
    if (found != commands.end()) {
        if (asks_for_help(args)) {
            around.out << help_of(*found);
            return exit_done;
        }
        return run_command(*found, args.subspan(1), around);
    }
    if (name == "help" || asks_for_help(args.first(1))) {
        around.out << all_help(commands);
        return exit_done;
    }
    std::vector<std::string> names;
    for (const auto& one : commands) {
        names.emplace_back(one.name);
    }
    const auto meant = closest(name, names);
    return refuse(around,
                  meant ? fmt::format("there is no command {}; did you mean {}?", name, *meant)
                        : fmt::format("there is no command {}", name),
                  hint);
}

loaded_config load_config(const invocation& call) {
    auto file = call.args.last(config_option.name);
    if (!file) {
        file = variable(call.around, "BKES_CONFIG");
    }
    return load_config({.file = std::move(file),
                        .client_file = call.args.last(command_config_option.name),
                        .environment = call.around.environment,
                        .flags = call.args.flags()});
}

}  // namespace bkes::proxy
