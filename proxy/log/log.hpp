#pragma once
// The log of bkes: one line an event on stderr,
//
//   2026-11-23T22:15:01.123Z info  proxy  listening address=127.0.0.1:9192 brokers=3
//
// time in UTC, level, component, then few words and `key=value` pairs; values from outside go
// through `quoted` (proxy/log/text.hpp). Control characters in a message are escaped in any case,
// so that no peer can forge a line. On a terminal warnings and errors have their level in colour,
// unless NO_COLOR says otherwise (no-color.org). Never log a secret: bytes of SASL frames, values of kafka.*
// settings.
//
//   log_of("proxy").info("listening address={}", to_string(address));

#include "proxy/config/config.hpp"

#include <spdlog/logger.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>

namespace bkes::proxy {

/// Once in main, before other threads run. Until then only warnings and errors are written.
/// spdlog's free functions (`spdlog::info`) write to the same log then, as component "proxy", and
/// all of sync does as "sync".
void start_log(log_level level, log_format format = log_format::text);

/// From now on, of all components. Any thread.
void set_log_level(log_level level);

/// The logger of one component, made at its first use. Thread-safe; lives until the program ends.
/// It takes a lock: keep the reference where a line is written for every request.
spdlog::logger& log_of(std::string_view component);

/// Whether standard error is a terminal that moves its cursor (TERM isn't `dumb`).
[[nodiscard]] bool is_log_on_terminal();

/// Stands below the log until another one takes its place; empty: none. For terminals only. Any
/// thread.
void show_last_line(std::string_view text);

/// For an exception that nobody expected: a bug, or no memory. `where` says who goes on without it.
void log_exception(std::string_view where, const std::exception_ptr& thrown);

enum class log_colours : std::uint8_t { none, of_levels };

/// How a line looks, for sinks of tests. In colours: warnings and errors, their level alone.
std::unique_ptr<spdlog::formatter> make_log_formatter(log_colours colours = log_colours::none);

}  // namespace bkes::proxy
