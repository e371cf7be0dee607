#include "proxy/commands/end_by_signal.hpp"

#include <csignal>
#include <cstdlib>

namespace bkes::proxy {

void end_by(int signal) {
    sigset_t this_one{};
    sigemptyset(&this_one);
    sigaddset(&this_one, signal);
    std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &this_one, nullptr);  // a handler's own signal is blocked
    std::raise(signal);
    constexpr int shells_code = 128;
    std::_Exit(shells_code + signal);
}

void let_signals_end_the_program() {
    std::signal(SIGTERM, end_by);
    std::signal(SIGINT, end_by);
}

}  // namespace bkes::proxy
