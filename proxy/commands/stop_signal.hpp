#pragma once
// SIGTERM and Ctrl-C as a question, for commands that block.

#include <csignal>

namespace bkes::proxy {

/// From its making on the signals don't end the program, but are remembered. One at a time.
class stop_signal {
  public:
    stop_signal() { caught_ = 0; }

    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;

    ~stop_signal() {
        std::signal(SIGTERM, at_sigterm_);
        std::signal(SIGINT, at_sigint_);
    }

    [[nodiscard]] bool is_caught() const { return caught_ != 0; }

  private:
    using handler = void (*)(int);

    static void remember(int signal) { caught_ = signal; }

    static inline volatile std::sig_atomic_t caught_ = 0;

    const handler at_sigterm_ = std::signal(SIGTERM, remember);
    const handler at_sigint_ = std::signal(SIGINT, remember);
};

}  // namespace bkes::proxy
