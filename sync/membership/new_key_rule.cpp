#include "sync/membership/new_key_rule.hpp"

#include <charconv>

namespace bkes::sync {

namespace {

constexpr std::string_view rule_prefix = "bkes:1:";

}  // namespace

std::string text_of(const new_key_rule& rule) {
    return std::string{rule_prefix} + std::string{name_of(rule.by)} + ":" +
           std::to_string(rule.partitions);
}

std::optional<new_key_rule> parse_new_key_rule(std::string_view text) {
    const auto colon = text.rfind(':');
    if (!text.starts_with(rule_prefix) || colon < rule_prefix.size()) {
        return std::nullopt;
    }
    const auto name = text.substr(rule_prefix.size(), colon - rule_prefix.size());
    const auto number = text.substr(colon + 1);
    new_key_rule rule;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), rule.partitions);
    if (error != std::errc{} || end != number.data() + number.size() || rule.partitions < 1) {
        return std::nullopt;
    }
    for (const auto known : {partitioner::murmur2, partitioner::crc32}) {
        if (name == name_of(known)) {
            rule.by = known;
            return rule;
        }
    }
    return std::nullopt;
}

}  // namespace bkes::sync
