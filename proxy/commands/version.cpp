#include "proxy/commands/command.hpp"

namespace bkes::proxy {

namespace {

outcome<void> print_version(const invocation& call) {
    call.around.out << "bkes " BKES_VERSION "\n";
    return {};
}

}  // namespace

command version_command() {
    return {.name = "version",
            .summary = "Print the version of bkes",
            .takes = {},
            .notes = {},
            .run = print_version};
}

}  // namespace bkes::proxy
