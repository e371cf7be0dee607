#include "proxy/commands/start_signals.hpp"

#include "proxy/commands/end_by_signal.hpp"

#include <spdlog/spdlog.h>

#include <csignal>

namespace bkes::proxy {

start_signals::start_signals() : signals_{context_, SIGTERM, SIGINT} {
    signals_.async_wait([](const boost::system::error_code& cancelled, int signal) {
        if (!cancelled) {
            spdlog::info("stopped before it served signal={}", signal);
            end_by(signal);
        }
    });
    thread_ = std::thread{[this] { context_.run(); }};
}

start_signals::~start_signals() {
    context_.stop();
    thread_.join();
}

}  // namespace bkes::proxy
