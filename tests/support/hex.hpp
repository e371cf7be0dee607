#pragma once
// Bytes written in hex, as golden vectors and expectations have them.

#include "protocol/core/bytes.hpp"

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
