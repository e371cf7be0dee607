#include "proxy/commands/flags_of.hpp"

#include "proxy/config/settings.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

namespace {

std::string default_of(const setting& row) {
    static const config defaults;
    const auto printed = row.derived.empty() ? row.print(defaults) : std::string{row.derived};
    return printed.empty() ? std::string{} : fmt::format(" [{}]", printed);
}

shown_flag flag_of(const setting& row) {
    return {.name = flag_name(row.key),
            .value_name = "VALUE",
            .help = std::string{row.help} + default_of(row),
            .is_setting = true};
}

}  // namespace

std::vector<shown_flag> flags_of(const command& one) {
    std::vector<shown_flag> flags;
    for (const auto& [name, value_name, help] : one.takes.options) {
        flags.push_back({std::string{name}, std::string{value_name}, std::string{help}});
    }
    for (const auto& key : one.takes.settings) {
        flags.push_back(flag_of(*find_setting(key)));
    }
    if (one.takes.takes_all_settings) {
        for (const auto& row : all_settings()) {
            flags.push_back(flag_of(row));
        }
    }
    return flags;
}

}  // namespace bkes::proxy
