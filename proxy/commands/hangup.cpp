#include "proxy/commands/hangup.hpp"

#include "proxy/log/log.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <utility>

namespace bkes::proxy {

hangup::hangup(boost::asio::io_context& context, server& proxy,
               std::shared_ptr<certificate_watch> certificates, reread_config reread)
    : signals_{context, SIGHUP},
      server_{proxy},
      certificates_{std::move(certificates)},
      reread_{std::move(reread)} {}

void hangup::await_signal() {
    signals_.async_wait([self = shared_from_this()](const auto& cancelled, int) {
        if (!cancelled) {
            self->reload();
            self->await_signal();
        }
    });
}

void hangup::reload() {
    try {
        const auto fresh = reread_();
        set_log_level(fresh.level);
        server_.set_limits(fresh);
        spdlog::info(
            "settings read again settings=log.level,connections.max,connections.max.per.ip,"
            "connections.max.idle.ms");
    } catch (const config_error& wrong) {
        spdlog::warn("settings can't be read again, all stay in force reason=\"{}\"", wrong.what());
    }
    certificates_->reload_all();
}

void ignore_hangup() {
    std::signal(SIGHUP, SIG_IGN);
}

}  // namespace bkes::proxy
