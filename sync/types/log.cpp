#include "sync/types/log.hpp"

#include <atomic>

namespace bkes::sync {

namespace {

std::atomic<spdlog::logger*> the_component{nullptr};

}  // namespace

void log_to(spdlog::logger* component) {
    the_component = component;
}

spdlog::logger& sync_log() {
    auto* const component = the_component.load(std::memory_order_relaxed);
    return component == nullptr ? *spdlog::default_logger_raw() : *component;
}

}  // namespace bkes::sync
