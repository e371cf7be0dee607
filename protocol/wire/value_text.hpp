#pragma once
// How single values look in `describe` and in schemas. Plain functions, so that the visitors over
// every message stay small.

#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bkes::protocol {

void append_value(std::string& out, std::int64_t value);
void append_value(std::string& out, double value);
void append_value(std::string& out, bool value);
/// As in hex with dashes.
void append_value(std::string& out, const uuid& value);
/// Quoted; bytes that don't print as \xNN. Null as null.
void append_value(std::string& out, std::optional<bytes_view> value);
/// Quoted up to 64 bytes, then the number of bytes that follow.
void append_bytes(std::string& out, std::optional<bytes_view> value);

inline void append_value(std::string& out, std::int8_t value) {
    append_value(out, std::int64_t{value});
}

inline void append_value(std::string& out, std::int16_t value) {
    append_value(out, std::int64_t{value});
}

inline void append_value(std::string& out, std::uint16_t value) {
    append_value(out, std::int64_t{value});
}

inline void append_value(std::string& out, std::int32_t value) {
    append_value(out, std::int64_t{value});
}

inline void append_value(std::string& out, bytes_view value) {
    append_value(out, std::optional{value});
}

}  // namespace bkes::protocol
