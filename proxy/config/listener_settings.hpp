#pragma once
// The settings that make the listeners: rows of the one table (settings.hpp). Some can be given for
// one listener alone, with a prefix, as in Kafka: what `listener.name.internal.broker.port.base`
// doesn't say for the listener INTERNAL, `broker.port.base` says. Such a setting is one row here.

#include "proxy/config/settings.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

inline constexpr std::string_view listener_prefix = "listener.name.";

/// What admin.listener is called there: `listener.name.admin.ssl.certificate.location`.
inline constexpr std::string_view admin_listener_name = "ADMIN";

/// A setting that each listener may have for itself.
struct listener_setting {
    std::string_view key;  ///< without prefix
    std::string_view help;
    std::string expects;
    std::string_view derived;
    std::function<bool(std::string_view text, listener_options& target)> assign;
    std::function<std::string(const listener_options&)> print;  ///< empty: not said
    /// What `target` doesn't say, `source` says.
    std::function<void(listener_options& target, const listener_options& source)> inherit;
};

std::span<const listener_setting> all_listener_settings();

/// As a setting of all listeners.
setting for_all_listeners(const listener_setting& row);

/// `listener.name.<name>.KEY`
std::string key_for_one_listener(std::string_view name, std::string_view key);

/// As a setting of the listener `name` (in upper case) alone.
setting for_one_listener(const listener_setting& row, const std::string& name);

/// The setting `listener.name.<name>.KEY`; the name stands in it in lower case, as in Kafka.
std::optional<setting> find_listener_setting(std::string_view key);

/// The key of the setting that a variable `BKES_LISTENER_NAME_<NAME>_KEY` stands for.
std::optional<std::string> listener_key_of_variable(std::string_view variable);

/// `listener`, `listeners` and what belongs to them.
void add_listener_settings(std::vector<setting>& rows);

}  // namespace bkes::proxy
