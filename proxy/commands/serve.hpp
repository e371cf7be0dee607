#pragma once
// `bkes serve`: the proxy itself.

#include "proxy/commands/hangup.hpp"
#include "proxy/config/config.hpp"

namespace bkes::proxy {

/// Runs until SIGTERM or SIGINT; returns the exit code (proxy/commands/exit_code.hpp).
int serve(const config& settings, const reread_config& reread);

}  // namespace bkes::proxy
