#pragma once
// `bkes serve`: the proxy itself.

#include "proxy/config/config.hpp"

namespace bkes::proxy {

/// Runs until SIGTERM or SIGINT; returns the exit code (proxy/commands/exit_code.hpp).
int serve(const config& settings);

}  // namespace bkes::proxy
