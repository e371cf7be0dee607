#pragma once
// The values settings are made of. Blanks around a value, or around an element of a list, don't
// count, as in Kafka's own configurations.

#include "proxy/config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

std::string_view trimmed(std::string_view text);

/// A decimal number from `min` to `max`, nothing around it.
std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t min, std::int64_t max);

/// `host:port` or `[v6]:port`. A protocol in front
/// (`PLAINTEXT://host:port`) is refused, since it would be ignored.
std::optional<host_port> parse_host_port(std::string_view text);

/// `NAME://host:port`; the name in any case, given back in upper case.
std::optional<named_address> parse_named_address(std::string_view text);

/// Kafka's word for it, in any case.
std::optional<security_protocol> parse_security_protocol(std::string_view text);

/// Of letters, digits and `_`: so that variables and flags can name it too.
bool is_listener_name(std::string_view name);

std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);

/// At least one element, none empty.
std::optional<std::vector<std::string>> parse_list(std::string_view text);

/// Kafka's rule (common/internals/Topic.java): 1 to 249 of A-Z a-z 0-9 . _ - and neither . nor ..
bool is_topic_name(std::string_view name);

/// The one of `known` that `given` was probably meant to be, or nothing.
std::optional<std::string> closest(std::string_view given, const std::vector<std::string>& known);

}  // namespace bkes::proxy
