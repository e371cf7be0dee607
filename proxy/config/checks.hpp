#pragma once
// What the settings must be together, each being right by itself.

#include "proxy/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// One sentence for each contradiction, with the settings' names and sources; empty: all is right.
std::vector<std::string> find_contradictions(const loaded_config& loaded);

/// The setting as a person can find it: `topics=a,b (bkes.properties:3)`.
std::string named(const loaded_config& loaded, std::string_view key);

/// A setting of this listener (listener_settings.hpp), wherever it was said.
std::string named_for(const loaded_config& loaded, const listener_config& one,
                      std::string_view key);

}  // namespace bkes::proxy
