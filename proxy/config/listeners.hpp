#pragma once
// From what the settings say to the listeners in force, and what is wrong between them.

#include "proxy/config/config.hpp"

#include <string>
#include <vector>

namespace bkes::proxy {

/// Makes `loaded.value.listeners`, also of settings that contradict each other.
void resolve_listeners(config& settings);

/// As find_contradictions (checks.hpp), of the listeners.
std::vector<std::string> find_listener_contradictions(const loaded_config& loaded);

}  // namespace bkes::proxy
