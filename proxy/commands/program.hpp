#pragma once
// The program behind main: finds the command, shows help, turns failures into exit codes.

#include "proxy/commands/command.hpp"

#include <span>
#include <string>

namespace bkes::proxy {

/// `args` without the program's name. Returns the exit code. Usage and configuration errors are
/// reported here; other exceptions are main's.
int run_program(std::span<const std::string> args, std::span<const command> commands,
                surroundings& around);

/// All commands of bkes, in the order --help shows them.
std::span<const command> all_commands();

}  // namespace bkes::proxy
