#pragma once
// What TLS on a listener needs, and what has no use without it.

#include "proxy/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// Whether a setting of listeners (listener_settings.hpp) counts for those with TLS alone.
bool is_of_tls(std::string_view key);

/// As find_contradictions (checks.hpp). Files are read later, by who listens.
void check_listener_tls(const loaded_config& loaded, std::vector<std::string>& found);

}  // namespace bkes::proxy
