// `bkes man`: the manual page, made from the table that --help is made from.

#include "proxy/commands/flags_of.hpp"
#include "proxy/commands/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace bkes::proxy {

namespace {

/// As man(7) wants text: a line that begins with a dot would be a request.
std::string for_man(std::string_view text) {
    std::string out;
    bool is_begin = true;
    for (const char c : text) {
        if (is_begin && (c == '.' || c == '\'')) {
            out += "\\&";
        }
        is_begin = c == '\n';
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

std::string flag_entry(const shown_flag& flag) {
    const auto value =
        flag.value_name.empty() ? "" : fmt::format(" \\fI{}\\fR", for_man(flag.value_name));
    return fmt::format(".TP\n\\fB{}\\fR{}\n{}.\n", for_man(flag.name), value, for_man(flag.help));
}

std::string command_section(const command& one) {
    std::string text = fmt::format(".SS bkes {}", one.name);
    for (const auto& name : one.takes.positionals) {
        text += fmt::format(" {}", name);
    }
    text += fmt::format("\n{}.\n", for_man(one.summary));
    if (!one.notes.empty()) {
        text += fmt::format(".PP\n{}", for_man(one.notes));
    }
    for (const auto& flag : flags_of(one)) {
        if (!flag.is_setting || !one.takes.takes_all_settings) {
            text += flag_entry(flag);
        }
    }
    if (one.takes.takes_all_settings) {
        text += ".PP\nand all settings (see SETTINGS).\n";
    }
    return text;
}

std::string settings_section() {
    std::string text =
        ".SH SETTINGS\nAs a flag (\\fB\\-\\-hold\\-ms\\fR), as a variable (\\fBBKES_HOLD_MS\\fR), "
        "or in the "
        "properties file that \\fB\\-\\-config\\fR names (\\fBhold.ms=5000\\fR). A flag wins over "
        "a "
        "variable, a variable over the file.\n";
    const auto serve = std::ranges::find(all_commands(), "serve", &command::name);
    for (const auto& flag : flags_of(*serve)) {
        text += flag.is_setting ? flag_entry(flag) : "";
    }
    return text;
}

std::string man_page() {
    std::string text =
        ".TH BKES 1 \"\" \"bkes " BKES_VERSION
        "\"\n"
        ".SH NAME\nbkes \\- a Kafka proxy that makes topics an event store\n"
        ".SH SYNOPSIS\n\\fBbkes\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\nKafka clients point at bkes instead of the brokers, and everything works "
        "as "
        "before. On the topics that it guards a record says in its order header which number it "
        "must "
        "become among the records of its key, and is written only if that is so; and all records "
        "of "
        "one key are read at once.\n"
        ".SH COMMANDS\n";
    for (const auto& one : all_commands()) {
        text += command_section(one);
    }
    return text + settings_section() +
           ".SH EXIT STATUS\n"
           ".TP\n0\ndone\n.TP\n1\nrefused: a conflict, a difference found, an instance that isn't "
           "ready\n"
           ".TP\n2\nwrong usage or configuration\n.TP\n3\nnobody answers\n"
           ".SH SEE ALSO\nThe project's README and docs/contract.md.\n";
}

outcome<void> print_man_page(const invocation& call) {
    call.around.out << man_page();
    return {};
}

}  // namespace

command man_command() {
    return {.name = "man",
            .summary = "Print the manual page",
            .takes = {},
            .notes = "bkes man | man -l -\n",
            .run = print_man_page};
}

}  // namespace bkes::proxy
