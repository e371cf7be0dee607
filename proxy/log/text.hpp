#pragma once
// Bytes from outside as text for people: in logs and on terminals.

#include "protocol/core/bytes.hpp"

#include <string>

namespace bkes::proxy {

/// C0 controls and DEL: what a terminal or a log must not get from a stranger.
constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// The text with each control character as \xNN.
std::string without_controls(bytes_view text);

bool is_utf8(bytes_view data);

/// Lower-case, two digits a byte.
std::string to_hex(bytes_view data);

/// The bytes as they are if they are a plain word, else in quotes: `"`, `\` and controls escaped as
/// in JSON, bytes that are no UTF-8 as \xNN. Cut after `bytes_max` with `...` behind the quotes.
/// Not called `quoted`: with a std::string that would be std::quoted wherever <iomanip> is included.
std::string in_quotes(bytes_view data, std::size_t bytes_max = 200);

}  // namespace bkes::proxy
