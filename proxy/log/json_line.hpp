#pragma once
// log.format=json: a line of the log as one JSON object,
//
//   {"time":"2026-11-23T22:15:01.123Z","level":"info","component":"proxy","message":"listening",
//    "address":"127.0.0.1:9192","brokers":"3"}
//
// All values are strings. What isn't `key=value` stays in the message.

#include <spdlog/formatter.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bkes::proxy {

/// `few words key=value key="a quoted one"` taken apart. Values in quotes are those that in_quotes
/// (text.hpp) wrote: what it escaped stays escaped, but for quotes and backslashes.
struct log_fields {
    std::string message;
    std::vector<std::pair<std::string, std::string>> pairs;
};

log_fields fields_of(std::string_view line);

/// Which event a line tells: what stands before the first pair, and the `cause` among them.
std::string event_of(std::string_view line);

std::unique_ptr<spdlog::formatter> make_json_formatter();

}  // namespace bkes::proxy
