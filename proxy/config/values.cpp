#include "proxy/config/values.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>

namespace bkes::proxy {

namespace {

/// Levenshtein's distance: insertions, deletions and replacements between the two.
std::size_t edit_distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f";
    const auto start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) {
        return {};
    }
    return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t min,
                                         std::int64_t max) {
    text = trimmed(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < min || number > max) {
        return std::nullopt;
    }
    return number;
}

std::optional<host_port> parse_host_port(std::string_view text) {
    text = trimmed(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port = parse_number(text.substr(colon + 1), 0, 65535);
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;
    }
    if (!port || host.empty() || host.find_first_of(" \t/[],@") != std::string_view::npos) {
        return std::nullopt;
    }
    return host_port{std::string{host}, static_cast<std::uint16_t>(*port)};
}

std::optional<named_address> parse_named_address(std::string_view text) {
    constexpr std::string_view between = "://";
    text = trimmed(text);
    const auto end = text.find(between);
    if (end == std::string_view::npos || !is_listener_name(text.substr(0, end))) {
        return std::nullopt;
    }
    auto address = parse_host_port(text.substr(end + between.size()));
    if (!address) {
        return std::nullopt;
    }
    return named_address{upper_case(text.substr(0, end)), std::move(*address)};
}

std::optional<security_protocol> parse_security_protocol(std::string_view text) {
    using enum security_protocol;
    const auto name = upper_case(trimmed(text));
    for (const auto protocol : {plaintext, ssl, sasl_plaintext, sasl_ssl}) {
        if (sync::name_of(protocol) == name) {
            return protocol;
        }
    }
    return std::nullopt;
}

bool is_listener_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
        return c == '_' || (c < 0x80 && std::isalnum(c) != 0);
    });
}

std::string upper_case(std::string_view text) {
    std::string changed{text};
    std::ranges::transform(changed, changed.begin(),
                           [](unsigned char c) { return std::toupper(c); });
    return changed;
}

std::string lower_case(std::string_view text) {
    std::string changed{text};
    std::ranges::transform(changed, changed.begin(),
                           [](unsigned char c) { return std::tolower(c); });
    return changed;
}

std::optional<std::vector<std::string>> parse_list(std::string_view text) {
    std::vector<std::string> elements;
    while (true) {
        const auto comma = text.find(',');
        const auto element = trimmed(text.substr(0, comma));
        if (element.empty()) {
            return std::nullopt;
        }
        elements.emplace_back(element);
        if (comma == std::string_view::npos) {
            return elements;
        }
        text.remove_prefix(comma + 1);
    }
}

bool is_topic_name(std::string_view name) {
    return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
           std::ranges::all_of(name, is_name_character);
}

std::optional<std::string> closest(std::string_view given, const std::vector<std::string>& known) {
    const std::string* best = nullptr;
    std::size_t best_distance = std::min<std::size_t>(3, given.size() / 3) + 1;
    for (const auto& candidate : known) {
        if (const auto distance = edit_distance(given, candidate); distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best == nullptr ? std::nullopt : std::optional{*best};
}

}  // namespace bkes::proxy
