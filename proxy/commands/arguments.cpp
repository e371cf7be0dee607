#include "proxy/commands/arguments.hpp"

#include "proxy/config/settings.hpp"
#include "proxy/config/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bkes::proxy {

namespace {

/// `--hold-ms` is hold.ms, and so is `--hold.ms`.
std::string key_of(std::string_view flag) {
    std::string key{flag.substr(2)};
    std::ranges::replace(key, '-', '.');
    return key;
}

[[noreturn]] void refuse_unknown(std::string_view name, const grammar& what) {
    std::vector<std::string> known;
    for (const auto& one : what.options) {
        known.emplace_back(one.name);
    }
    for (const auto& key : what.settings) {
        known.push_back(flag_name(key));
    }
    const auto meant = closest(name, known);
    throw usage_error{meant ? fmt::format("there is no option {}; did you mean {}?", name, *meant)
                            : fmt::format("there is no option {}", name)};
}

bool is_setting(std::string_view name, const grammar& what) {
    return what.takes_all_settings ||
           std::ranges::find(what.settings, key_of(name)) != what.settings.end();
}

}  // namespace

arguments::arguments(std::span<const std::string> args, const grammar& what) {
    bool options_end = false;
    for (std::size_t at = 0; at < args.size(); ++at) {
        const std::string_view arg = args[at];
        if (options_end || !arg.starts_with('-') || arg == "-") {
            positionals_.emplace_back(arg);
            continue;
        }
        if (arg == "--") {
            options_end = true;
            continue;
        }
        const auto equals = arg.find('=');
        const auto name = arg.substr(0, equals);
        const auto own = std::ranges::find(what.options, name, &option::name);
        const bool is_own = own != what.options.end();
        if (!name.starts_with("--") || (!is_own && !is_setting(name, what))) {
            refuse_unknown(name, what);
        }
        const bool is_switch = is_own && own->value_name.empty();
        std::string value;
        if (equals != std::string_view::npos) {
            if (is_switch) {
                throw usage_error{fmt::format("{} takes no value", name)};
            }
            value = arg.substr(equals + 1);
        } else if (!is_switch) {
            if (at + 1 == args.size()) {
                throw usage_error{fmt::format("{} needs a value", name)};
            }
            value = args[++at];
        }
        if (is_own) {
            options_.emplace_back(name, std::move(value));
        } else {
            flags_.push_back({key_of(name), std::move(value), fmt::format("flag {}", name)});
        }
    }
    if (positionals_.size() < what.positionals.size()) {
        throw usage_error{fmt::format("{} is missing", what.positionals[positionals_.size()])};
    }
    if (positionals_.size() > what.positionals.size()) {
        throw usage_error{
            fmt::format("unexpected argument \"{}\"", positionals_[what.positionals.size()])};
    }
}

std::optional<std::string> arguments::last(std::string_view name) const {
    const auto values = all(name);
    return values.empty() ? std::nullopt : std::optional{values.back()};
}

std::vector<std::string> arguments::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [given, value] : options_) {
        if (given == name) {
            values.push_back(value);
        }
    }
    return values;
}

std::int64_t arguments::number(std::string_view name, std::int64_t otherwise, std::int64_t min,
                               std::int64_t max) const {
    const auto given = last(name);
    const auto parsed = given ? parse_number(*given, min, max) : std::optional{otherwise};
    if (!parsed) {
        throw usage_error{
            fmt::format("{}: \"{}\" is no number from {} to {}", name, *given, min, max)};
    }
    return *parsed;
}

}  // namespace bkes::proxy
