#include "protocol/wire/value_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace bkes::protocol {

namespace {

constexpr std::size_t shown_bytes_max = 64;

void append_quoted(std::string& out, bytes_view value) {
    out += '"';
    for (const char c : value) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet == '"' || octet == '\\') {
            out += '\\';
            out += c;
        } else if (octet >= 0x20 && octet < 0x7f) {
            out += c;
        } else {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", octet);
        }
    }
    out += '"';
}

}  // namespace

void append_value(std::string& out, std::int64_t value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_value(std::string& out, double value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_value(std::string& out, bool value) {
    out += value ? "true" : "false";
}

void append_value(std::string& out, const uuid& value) {
    for (std::size_t i = 0; i < value.octets.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out += '-';
        }
        fmt::format_to(std::back_inserter(out), "{:02x}", value.octets[i]);
    }
}

void append_value(std::string& out, std::optional<bytes_view> value) {
    if (value) {
        append_quoted(out, *value);
    } else {
        out += "null";
    }
}

void append_bytes(std::string& out, std::optional<bytes_view> value) {
    if (!value || value->size() <= shown_bytes_max) {
        append_value(out, value);
        return;
    }
    append_quoted(out, value->substr(0, shown_bytes_max));
    fmt::format_to(std::back_inserter(out), "+{} bytes", value->size() - shown_bytes_max);
}

}  // namespace bkes::protocol
