#include "proxy/config/properties.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

namespace bkes::proxy {

namespace {

constexpr std::string_view white_space = " \t\f";

std::string_view without_leading_blanks(std::string_view line) {
    const auto start = line.find_first_not_of(white_space);
    return start == std::string_view::npos ? std::string_view{} : line.substr(start);
}

/// Cuts the next natural line off `text`: it ends with \n, \r or \r\n.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find_first_of("\r\n");
    const auto line = text.substr(0, end);
    if (end == std::string_view::npos) {
        text = {};
        return line;
    }
    const bool two = text.substr(end).starts_with("\r\n");
    text.remove_prefix(end + (two ? 2 : 1));
    return line;
}

bool goes_on(std::string_view line) {
    const auto last = line.find_last_not_of('\\');
    const auto backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
    return backslashes % 2 == 1;
}

/// Where the key ends: the first blank, = or : that is not escaped.
std::size_t end_of_key(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '=' || line[at] == ':' || white_space.contains(line[at])) {
            return at;
        }
    }
    return line.size();
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&out](std::uint32_t octet) { out += static_cast<char>(octet); };
    const auto tail = [&](unsigned shift) { put(0x80U | ((point >> shift) & 0x3fU)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0U | (point >> 6U));
        tail(0);
    } else if (point < 0x10000) {
        put(0xe0U | (point >> 12U));
        tail(6);
        tail(0);
    } else {
        put(0xf0U | (point >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::optional<std::uint32_t> hex_unit(std::string_view digits) {
    std::uint32_t unit = 0;
    if (digits.size() < 4) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 4, unit, 16);
    if (error != std::errc{} || end != digits.data() + 4) {
        return std::nullopt;
    }
    return unit;
}

/// The code point of the \uXXXX at the start of `text` (Java writes those past U+FFFF as two), and
/// how many characters it takes.
std::optional<std::pair<std::uint32_t, std::size_t>> read_unicode_escape(std::string_view text) {
    const auto first = hex_unit(text.substr(2));
    if (!first) {
        return std::nullopt;
    }
    if (*first < 0xd800 || *first > 0xdfff) {
        return std::pair{*first, std::size_t{6}};
    }
    const auto rest = text.substr(6);
    const auto second = rest.starts_with("\\u") ? hex_unit(rest.substr(2)) : std::nullopt;
    if (*first > 0xdbff || !second || *second < 0xdc00 || *second > 0xdfff) {
        return std::nullopt;
    }
    return std::pair{0x10000 + ((*first - 0xd800) << 10U) + (*second - 0xdc00), std::size_t{12}};
}

std::string unescape(std::string_view text, std::string_view source) {
    std::string out;
    while (!text.empty()) {
        if (text[0] != '\\' || text.size() == 1) {
            out += text[0] == '\\' ? "" : std::string(1, text[0]);
            text.remove_prefix(1);
            continue;
        }
        if (text[1] == 'u') {
            const auto escape = read_unicode_escape(text);
            if (!escape) {
                throw config_error{fmt::format("{}: \\u needs four hexadecimal digits", source)};
            }
            append_utf8(out, escape->first);
            text.remove_prefix(escape->second);
            continue;
        }
        constexpr std::string_view letters = "tnrf";
        const auto letter = letters.find(text[1]);
        out += letter == std::string_view::npos ? text[1] : "\t\n\r\f"[letter];
        text.remove_prefix(2);
    }
    return out;
}

assignment split(std::string_view line, std::string source) {
    const auto key_size = end_of_key(line);
    auto value = without_leading_blanks(line.substr(key_size));
    if (value.starts_with('=') || value.starts_with(':')) {
        value = without_leading_blanks(value.substr(1));
    }
    auto key = unescape(line.substr(0, key_size), source);
    auto unescaped = unescape(value, source);
    return {std::move(key), std::move(unescaped), std::move(source)};
}

}  // namespace

std::vector<assignment> parse_properties(std::string_view text, std::string_view name) {
    std::vector<assignment> found;
    std::size_t line_number = 0;
    if (text.starts_with("\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    while (!text.empty()) {
        auto line = without_leading_blanks(take_line(text));
        const auto first_line = ++line_number;
        if (line.empty() || line[0] == '#' || line[0] == '!') {
            continue;
        }
        std::string logical;
        while (goes_on(line) && !text.empty()) {
            logical += line.substr(0, line.size() - 1);
            line = without_leading_blanks(take_line(text));
            ++line_number;
        }
        logical += line;
        found.push_back(split(logical, fmt::format("{}:{}", name, first_line)));
    }
    return found;
}

std::string escape_property(std::string_view value) {
    std::string out;
    for (const char c : value) {
        constexpr std::string_view controls = "\t\n\r\f";
        if (const auto control = controls.find(c); control != std::string_view::npos) {
            out += {'\\', "tnrf"[control]};
        } else if (c == '\\' || (c == ' ' && out.empty())) {
            out += {'\\', c};
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace bkes::proxy
