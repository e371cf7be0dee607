#pragma once
// The one table of settings. The properties file, environment variables, flags, --help and
// --print-config all go through it; a new setting is one row. Rows that listeners may have for
// themselves are in listener_settings.hpp.

#include "proxy/config/config.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bkes::proxy {

struct setting {
    std::string key;
    std::string_view help;     ///< one sentence without its full stop
    std::string expects;       ///< completes "expected ..."
    std::string_view derived;  ///< how the default is made, where it isn't a constant
    /// Parses and checks `text`; false leaves `target` as it was.
    std::function<bool(std::string_view text, config& target)> assign;
    /// The value in force, in the form that `assign` reads.
    std::function<std::string(const config&)> print;
};

/// All rows but `listener.name.*`, in the order they are shown.
std::span<const setting> all_settings();

/// The row of `key`, also of one with the prefix of a listener; none for `kafka.*`.
std::optional<setting> find_setting(std::string_view key);

inline constexpr std::string_view kafka_prefix = "kafka.";

/// True for values that must never be shown.
bool is_secret(std::string_view key);

/// `bootstrap.servers` is `BKES_BOOTSTRAP_SERVERS` and `--bootstrap-servers`.
std::string environment_name(std::string_view key);
std::string flag_name(std::string_view key);

}  // namespace bkes::proxy
