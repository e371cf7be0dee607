#include "proxy/admin/admin.hpp"

#include "proxy/admin/metrics.hpp"
#include "proxy/admin/partitions_of.hpp"
#include "proxy/admin/status.hpp"
#include "proxy/server/server_certificates.hpp"
#include "proxy/web/problem.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <future>
#include <utility>

namespace bkes::proxy {

namespace {

/// For how long a connection is kept that proves nobody's password.
constexpr std::chrono::milliseconds without_passwords{60'000};

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

std::expected<void, std::string> admin::open(const config& settings) {
    if (!settings.admin_listener) {
        return {};
    }
    settings_ = settings;
    if (settings.admin_tls) {
        auto opened = open_server_certificates(*settings.admin_tls, "listener.name.admin.ssl.");
        if (!opened) {
            return std::unexpected{std::move(opened.error())};
        }
        certificates_ = std::move(*opened);
    }
    server_.emplace(
        [this](http_request request) { return answer(std::move(request)); },
        http_limits{.connections_max = static_cast<std::size_t>(settings.http_connections_max)});
    if (const auto failed = server_->bind(*settings.admin_listener)) {
        return std::unexpected{fmt::format("admin.listener={} can't be bound: {}",
                                           to_string(*settings.admin_listener), failed.message())};
    }
    server_->start(certificates_);
    spdlog::info("admin listening address={} protocol={}",
                 to_string({settings.admin_listener->host, server_->port()}),
                 certificates_ ? "https" : "http");
    warn_of_open_passwords();
    return {};
}

void admin::warn_of_open_passwords() const {
    const auto& own = *settings_;
    boost::system::error_code is_name;
    const auto address = boost::asio::ip::make_address(own.admin_listener->host, is_name);
    const bool stays_here = !is_name && address.is_loopback();
    if (own.http_read && own.kafka.is_sasl() && !certificates_ && !stays_here) {
        spdlog::warn(
            "passwords of people travel in plain text address={} "
            "check=\"listener.name.admin.ssl.certificate.location and "
            "listener.name.admin.ssl.key.location\"",
            to_string(*own.admin_listener));
    }
}

std::shared_ptr<void> admin::observe(const observed_instance& instance) {
    {
        const std::lock_guard lock{mutex_};
        phase_ = service_phase::serving;
        instance_.emplace(instance);
    }
    if (server_ && settings_->http_read) {
        replace_web(make_web(instance));
    }
    return {this, [](admin* self) {
                self->end_reads();
                const std::lock_guard locked{self->mutex_};
                self->instance_.reset();
            }};
}

std::unique_ptr<web> admin::make_web(const observed_instance& instance) {
    const auto& own = *settings_;
    auto& context = server_->context();
    web_options options{.topics = own.topics,
                        .bootstrap_servers = to_string(own.listeners.front().advertised),
                        .hosts = own.http_hosts};
    options.topic_id = [&topics = instance.topics](bytes_view topic) {
        const auto seen = topics.cluster();
        const auto* const found = seen ? seen->topic(topic) : nullptr;
        return found == nullptr ? uuid{} : found->id;
    };
    options.users = {
        .connect =
            [&clients = instance.clients, &context] {
                auto socket = clients.connect_from_inside(context);
                return socket ? std::optional{std::move(*socket)} : std::nullopt;
            },
        .wants_login = own.kafka.is_sasl(),
        .is_tls = own.kafka.is_tls(),
        .mechanism = own.kafka.mechanism,
        .proof_time = own.kafka.is_sasl() ? std::chrono::milliseconds{own.authorize_cache_ms}
                                          : without_passwords,
        .answer_time_max = std::chrono::milliseconds{own.hold_ms} + std::chrono::seconds{10}};
    return std::make_unique<web>(context, std::move(options), instance.topics.reader(),
                                 instance.clients.conflicts());
}

/// Returns when it is so: nothing of the old one is used any more.
void admin::replace_web(std::unique_ptr<web> by) {
    std::promise<void> done;
    boost::asio::post(server_->context(), [&] {
        web_ = std::move(by);
        done.set_value();
    });
    done.get_future().wait();
}

std::vector<named_certificates> admin::certificates() const {
    return certificates_ ? std::vector<named_certificates>{{"listener=ADMIN", certificates_}}
                         : std::vector<named_certificates>{};
}

void admin::drain() {
    const std::lock_guard lock{mutex_};
    phase_ = service_phase::draining;
}

void admin::end_reads() {
    if (server_) {
        replace_web(nullptr);
    }
}

boost::asio::awaitable<http_answer> admin::answer(http_request request) {
    const bool is_read = settings_->http_read;
    if (is_read && web::is_api(request.path)) {
        co_return co_await answer_api(std::move(request));
    }
    if (auto found = find(request.path)) {
        co_return std::move(*found);
    }
    if (auto file = is_read ? answer_page(request.path) : std::nullopt) {
        co_return std::move(*file);
    }
    co_return http_answer{
        .status = 404,
        .body =
            fmt::format("there are /livez, /readyz, /status and /metrics{}\n",
                        is_read ? ", the page at / and the API at /api/v1/topics"
                                : "; http.read=true adds the page at / and the API below /api/v1")};
}

boost::asio::awaitable<http_answer> admin::answer_api(http_request request) {
    if (!web_) {
        co_return answer_of(problem{503, "bkes starts, or ends"});
    }
    co_return co_await web_->answer(std::move(request));
}

std::optional<http_answer> admin::find(std::string_view path) const {
    if (path == "/livez") {
        return livez();
    }
    if (path == "/readyz") {
        return readyz();
    }
    if (path == "/status") {
        return status();
    }
    if (path == "/metrics") {
        return metrics();
    }
    return std::nullopt;
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
            .body = status_json({.instance_id = settings_->instance_id,
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
        if (instance_->store != nullptr) {
            add_store_metrics(instance_->store->figures(), families);
            add_rebuild_metrics(instance_->topics.rebuilds(), families);
        }
    }
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics_text(std::move(families))};
}

}  // namespace bkes::proxy
