#include "proxy/log/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bkes::proxy {

namespace {

bool is_tail(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// Size of the UTF-8 sequence at the start of `data`, 0 if there is none (Unicode 3.9, table 3-7:
/// no overlong forms, no surrogates, nothing past U+10FFFF).
std::size_t utf8_sequence(bytes_view data) {
    const auto first = static_cast<unsigned char>(data[0]);
    const std::size_t size = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
    if (size < 2 || data.size() < size) {
        return size == 1 ? 1 : 0;
    }
    const auto second = static_cast<unsigned char>(data[1]);
    const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                       (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return !wrong && std::ranges::all_of(data.substr(1, size - 1), is_tail) ? size : 0;
}

bool is_plain(char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f &&
           c != '"' && c != '\\' && c != '=';
}

void append_escaped(std::string& out, char c) {
    constexpr bytes_view named = "\"\\\n\r\t";
    if (const auto at = named.find(c); at != bytes_view::npos) {
        out += {'\\', "\"\\nrt"[at]};
    } else {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

std::string without_controls(bytes_view text) {
    std::string out;
    for (const char c : text) {
        out += is_control(c) ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c))
                             : std::string(1, c);
    }
    return out;
}

bool is_utf8(bytes_view data) {
    while (!data.empty()) {
        const auto size = utf8_sequence(data);
        if (size == 0) {
            return false;
        }
        data.remove_prefix(size);
    }
    return true;
}

std::string to_hex(bytes_view data) {
    std::string out;
    for (const char c : data) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string in_quotes(bytes_view data, std::size_t bytes_max) {
    if (!data.empty() && data.size() <= bytes_max && std::ranges::all_of(data, is_plain)) {
        return std::string{data};
    }
    std::string out = "\"";
    std::size_t at = 0;
    while (at < data.size() && at < bytes_max) {
        const auto size = utf8_sequence(data.substr(at));
        if (size == 0 || is_control(data[at]) || data[at] == '"' || data[at] == '\\') {
            append_escaped(out, data[at]);
            ++at;
        } else {
            out += data.substr(at, size);
            at += size;
        }
    }
    out += at < data.size() ? "\"..." : "\"";
    return out;
}

}  // namespace bkes::proxy
