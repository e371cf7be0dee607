#pragma once
// Bytes written in hex, as golden vectors and expectations have them.

#include "protocol/core/bytes.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bkes::tests {

/// Two digits a byte, blanks between bytes are allowed. Throws std::invalid_argument on others.
inline bytes from_hex(std::string_view text) {
    bytes out;
    std::string digits;
    for (const char c : text) {
        if (c == ' ') {
            continue;
        }
        digits += c;
        if (digits.size() == 2) {
            std::size_t used = 0;
            out += static_cast<char>(std::stoi(digits, &used, 16));
            digits.clear();
        }
    }
    return out;
}

/// xHEX, null, or COUNT*xHEX for a repetition. Throws std::invalid_argument on others.
inline std::optional<bytes> parse_golden_bytes(const std::string& text) {
    if (text == "null") {
        return std::nullopt;
    }
    const auto x = text.find('x');
    if (x == std::string::npos) {
        throw std::invalid_argument{text};
    }
    const auto once = from_hex(std::string_view{text}.substr(x + 1));
    bytes data;
    for (int left = x == 0 ? 1 : std::stoi(text); left > 0; --left) {
        data += once;
    }
    return data;
}

inline std::string to_hex(bytes_view data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : data) {
        const auto octet = static_cast<unsigned char>(c);
        out += digits[octet >> 4U];
        out += digits[octet & 0xfU];
    }
    return out;
}

}  // namespace bkes::tests
