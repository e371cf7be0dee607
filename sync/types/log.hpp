#pragma once
// Where sync writes what people should know: a component of the program's log. Any thread.

#include <spdlog/spdlog.h>

namespace bkes::sync {

/// From now on; before, and with null, spdlog's default logger. It lives to the program's end.
void log_to(spdlog::logger* component);

spdlog::logger& sync_log();

}  // namespace bkes::sync
