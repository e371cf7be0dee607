#pragma once

// The end of the program by SIGTERM or Ctrl-C. For the first process of a container, as bkes is in its
// image, the kernel takes no default action (pid_namespaces(7)): without a handler they would do nothing.

namespace bkes::proxy {

/// Ends it at once, as the signal does by itself. For handlers of signals, too.
[[noreturn]] void end_by(int signal);

/// From here on both end the program, where nobody else takes them.
void let_signals_end_the_program();

}  // namespace bkes::proxy
