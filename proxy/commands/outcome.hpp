#pragma once
// What a step of a command gives: a value, or the exit code and the sentence to end with.

#include "proxy/commands/exit_code.hpp"

#include <expected>
#include <string>

namespace bkes::proxy {

struct command_failure {
    exit_code code = exit_refused;
    std::string text;  ///< for stderr
};

template <class T>
using outcome = std::expected<T, command_failure>;

using give_up = std::unexpected<command_failure>;

}  // namespace bkes::proxy
