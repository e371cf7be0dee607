#include "proxy/commands/end_by_signal.hpp"
#include "proxy/commands/program.hpp"

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

/// Read by jemalloc (jemalloc(3), TUNING): what was free for a tenth of a second goes back to the system,
/// by a thread of its own. By itself it keeps that for ten seconds, and for good where nothing allocates
/// any more, so a burst would stay in memory (docs/decisions/toolchain.md).
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:100,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
    using namespace bkes::proxy;
    let_signals_end_the_program();
    try {
        const std::vector<std::string> args{argv + 1, argv + argc};
        surroundings around{.in = std::cin, .out = std::cout, .err = std::cerr, .environment = {}};
        for (char** variable = environ; *variable != nullptr; ++variable) {
            around.environment.emplace_back(*variable);
        }
        return run_program(args, all_commands(), around);
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "bkes: %s\n", failed.what());
        return exit_refused;
    }
}
