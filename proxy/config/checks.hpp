#pragma once
// What the settings must be together, each being right by itself.

#include "proxy/config/config.hpp"

#include <string>
#include <vector>

namespace bkes::proxy {

/// One sentence for each contradiction, with the settings' names and sources; empty: all is right.
std::vector<std::string> find_contradictions(const loaded_config& loaded);

}  // namespace bkes::proxy
