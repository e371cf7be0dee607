#include "proxy/admin/admin.hpp"

#include "proxy/admin/metrics.hpp"
#include "proxy/admin/partitions_of.hpp"
#include "proxy/admin/status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace bkes::proxy {

namespace {

std::vector<seen_partition> all_partitions(const sync::guarded_topics& topics) {
    std::vector<seen_partition> seen;
    for (const auto& topic : topics.topics()) {
        for (const auto partition : partitions_of(topics, topic)) {
            if (const auto status = topics.status(topic, partition)) {
                seen.push_back({topic, partition, *status});
            }
        }
    }
    return seen;
}

}  // namespace

admin::admin() : server_{[this](const http_request& request) { return answer(request); }} {}

std::expected<void, std::string> admin::open(const config& settings) {
    if (!settings.admin_listener) {
        return {};
    }
    if (const auto failed = server_.bind(*settings.admin_listener)) {
        return std::unexpected{fmt::format("admin.listener={} can't be bound: {}",
                                           to_string(*settings.admin_listener), failed.message())};
    }
    instance_id_ = settings.instance_id;
    server_.start();
    spdlog::info("admin listening address={}",
                 to_string({settings.admin_listener->host, server_.port()}));
    return {};
}

std::shared_ptr<void> admin::observe(const observed_instance& instance) {
    const std::lock_guard lock{mutex_};
    phase_ = service_phase::serving;
    instance_.emplace(instance);
    return {this, [](admin* self) {
                const std::lock_guard locked{self->mutex_};
                self->instance_.reset();
            }};
}

void admin::drain() {
    const std::lock_guard lock{mutex_};
    phase_ = service_phase::draining;
}

http_answer admin::answer(const http_request& request) const {
    if (request.path == "/livez") {
        return livez();
    }
    if (request.path == "/readyz") {
        return readyz();
    }
    if (request.path == "/status") {
        return status();
    }
    if (request.path == "/metrics") {
        return metrics();
    }
    return {.status = 404, .body = "there are /livez, /readyz, /status and /metrics\n"};
}

std::vector<seen_partition> admin::partitions() const {
    return instance_ ? all_partitions(instance_->topics) : std::vector<seen_partition>{};
}

http_answer admin::livez() const {
    const std::lock_guard lock{mutex_};
    const auto stuck = instance_ ? instance_->loops.stuck(std::chrono::steady_clock::now())
                                 : std::vector<std::size_t>{};
    if (stuck.empty()) {
        return {.body = "live\n"};
    }
    return {.status = 503,
            .body = fmt::format("threads that don't go round: {}\n", fmt::join(stuck, ", "))};
}

http_answer admin::readyz() const {
    const std::lock_guard lock{mutex_};
    auto judged = judge_readiness(phase_, partitions(), std::chrono::steady_clock::now());
    return {.status = judged.is_ready ? 200U : 503U,
            .content_type = "application/json",
            .body = std::move(judged.json)};
}

http_answer admin::status() const {
    const std::lock_guard lock{mutex_};
    return {.content_type = "application/json",
            .body = status_json({.instance_id = instance_id_,
                                 .phase = phase_,
                                 .connections = instance_ ? instance_->clients.open_sessions() : 0},
                                partitions())};
}

http_answer admin::metrics() const {
    metric_families families;
    add_process_metrics(families);
    const std::lock_guard lock{mutex_};
    if (instance_) {
        add_client_metrics(instance_->clients.counts(), instance_->clients.open_sessions(),
                           families);
        add_partition_metrics(instance_->topics, families);
        add_append_metrics(instance_->topics, families);
        add_store_metrics(instance_->store.figures(), families);
        add_rebuild_metrics(instance_->topics.rebuilds(), families);
    }
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics_text(std::move(families))};
}

}  // namespace bkes::proxy
