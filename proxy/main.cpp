#include "proxy/commands/program.hpp"

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
    using namespace bkes::proxy;
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
