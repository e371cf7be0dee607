#include "proxy/server/certificate_watch.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

namespace bkes::proxy {

namespace {

constexpr auto look_every = std::chrono::seconds{1};

}  // namespace

void certificate_watch::start() {
    if (all_.empty()) {
        return;
    }
    timer_.expires_after(look_every);
    timer_.async_wait([self = shared_from_this()](const auto& cancelled) {
        if (cancelled) {
            return;
        }
        for (const auto& one : self->all_) {
            if (one.source->have_files_changed()) {
                reload(one);
            }
        }
        self->start();
    });
}

void certificate_watch::reload_all() {
    for (const auto& one : all_) {
        reload(one);
    }
}

void certificate_watch::reload(const named_certificates& one) {
    if (const auto fresh = one.source->reload()) {
        spdlog::info("certificates read again {}", one.whose);
    } else {
        spdlog::error("certificates can't be read again, the old ones stay in use {} reason=\"{}\"",
                      one.whose, fresh.error());
    }
}

}  // namespace bkes::proxy
