#pragma once
// What a request to the HTTP API says, taken apart: the segments of its path and its parameters, as
// bytes. All of it is a peer's.

#include "protocol/core/bytes.hpp"
#include "proxy/http/http_message.hpp"
#include "proxy/web/problem.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// Decoded; empty, if it is none.
std::optional<std::vector<bytes>> segments_of(std::string_view path);

class web_parameters {
  public:
    /// Each at most once, and none but the `known` ones; else it is refused, by name.
    static or_problem<web_parameters> read(std::string_view query,
                                           std::initializer_list<std::string_view> known);

    [[nodiscard]] std::optional<bytes_view> text(std::string_view name) const;

    /// What `name64` says in Base64, else the bytes of `name`. Empty: neither is there.
    [[nodiscard]] or_problem<std::optional<bytes>> bytes_of(std::string_view name) const;

    [[nodiscard]] or_problem<std::optional<std::int64_t>> number(std::string_view name,
                                                                 std::int64_t min,
                                                                 std::int64_t max) const;

  private:
    std::map<std::string, bytes, std::less<>> given_;
};

/// Base64 in either alphabet (RFC 4648, sections 4 and 5), padded or not.
std::optional<bytes> read_base64(bytes_view text);

/// As a segment of a path, or a value of a parameter: all but letters, digits, - . _ ~ as %XX.
std::string percent_encoded(bytes_view data);

/// Whether a browser leaves it as it is in a path: it takes `.` and `..` away however they are written,
/// and an empty one is lost on the way as well.
bool is_safe_segment(bytes_view data);

}  // namespace bkes::proxy
