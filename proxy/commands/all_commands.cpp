#include "proxy/commands/program.hpp"

#include <array>

namespace bkes::proxy {

std::span<const command> all_commands() {
    static const std::array commands{serve_command(),      sync_command(),   get_command(),
                                     tail_command(),       append_command(), keys_command(),
                                     status_command(),     verify_command(), checkpoint_command(),
                                     completion_command(), man_command(),    version_command()};
    return commands;
}

}  // namespace bkes::proxy
