#include "proxy/commands/serve.hpp"

#include "proxy/commands/exit_code.hpp"
#include "proxy/server.hpp"
#include "proxy/thread_pool.hpp"
#include "store/event_store.hpp"
#include "sync/guarded_topics.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

/// How long the answers owed to clients and the batches at the brokers may take on SIGTERM.
constexpr auto drain_limit = std::chrono::seconds{10};
constexpr auto drain_poll = std::chrono::milliseconds{20};

int complain(const sync::start_problem& problem) {
    spdlog::error("{}", problem.text);
    switch (problem.kind) {
        case sync::start_problem_kind::unreachable:
            return exit_unreachable;
        case sync::start_problem_kind::bad_setting:
            return exit_usage;
        case sync::start_problem_kind::store_failed:
            return exit_refused;
    }
    return exit_refused;
}

/// Stops accepting, finishes what is in flight, flushes, and lets `run` return.
class shutdown : public std::enable_shared_from_this<shutdown> {
  public:
    shutdown(thread_pool& threads, server& proxy, sync::guarded_topics& guarded)
        : threads_{threads},
          server_{proxy},
          guarded_{guarded},
          signals_{threads.first(), SIGTERM, SIGINT},
          timer_{threads.first()} {}

    void await_signal() {
        signals_.async_wait([self = shared_from_this()](const auto& cancelled, int signal) {
            if (!cancelled) {
                spdlog::info("stopping signal={} connections={}", signal,
                             self->server_.open_sessions());
                self->begin();
            }
        });
    }

  private:
    void begin() {
        signals_.async_wait([](const auto& cancelled, int) {
            if (!cancelled) {
                spdlog::warn("stopping at once: a second signal");
                std::_Exit(exit_refused);
            }
        });
        deadline_ = std::chrono::steady_clock::now() + drain_limit;
        server_.drain();
        await_sessions();
    }

    void await_sessions() {
        if (server_.open_sessions() == 0 || std::chrono::steady_clock::now() > deadline_) {
            server_.close_all();
            guarded_.stop(drain_limit, [self = shared_from_this()] {
                spdlog::info("stopped");
                self->threads_.stop();
            });
            return;
        }
        timer_.expires_after(drain_poll);
        timer_.async_wait([self = shared_from_this()](const auto&) { self->await_sessions(); });
    }

    thread_pool& threads_;
    server& server_;
    sync::guarded_topics& guarded_;
    asio::signal_set signals_;
    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point deadline_;
};

std::string server_list(const config& settings) {
    std::vector<std::string> servers;
    for (const auto& server : settings.bootstrap_servers) {
        servers.push_back(to_string(server));
    }
    return fmt::format("{}", fmt::join(servers, ","));
}

/// Opens or creates the store in the data directory; on failure the reason is in the log.
std::unique_ptr<store::event_store> open_store(const config& settings,
                                               const std::string& cluster_id) {
    std::error_code failed;
    std::filesystem::create_directories(settings.data_dir, failed);
    if (failed) {
        spdlog::error("data.dir={} can't be created: {}", settings.data_dir, failed.message());
        return nullptr;
    }
    auto opened = store::event_store::open(
        {.directory = settings.data_dir + "/store",
         .memory_bytes = static_cast<std::size_t>(settings.store_memory_bytes),
         .cluster_id = cluster_id,
         .log_sink = [](std::string_view line) { spdlog::warn("store: {}", line); }});
    if (!opened) {
        spdlog::error("the store can't be opened data.dir={} reason=\"{}\"", settings.data_dir,
                      opened.error().message());
        return nullptr;
    }
    return std::move(*opened);
}

sync::guarded_topics_options options_for_topics(const config& settings) {
    return {.bootstrap_servers = server_list(settings),
            .topics = settings.topics,
            .order_header = settings.order_header,
            .order_required = settings.without_order == missing_order::refused,
            .event_id_header = settings.event_id_header,
            .hold_ms = std::chrono::milliseconds{settings.hold_ms},
            .batch_bytes_max = static_cast<std::size_t>(settings.batch_bytes_max),
            .kafka_settings = settings.kafka,
            .client_id = "bkes-" + settings.instance_id,
            .is_virtual_name = [names = key_topic_names{settings.topics}](bytes_view topic) {
                return names.kind_of(topic) != topic_kind::real;
            }};
}

}  // namespace

int serve(const config& settings) {
    spdlog::info("bkes " BKES_VERSION " starts instance={} bootstrap={} topics={}",
                 settings.instance_id, server_list(settings), fmt::join(settings.topics, ","));
    const auto cluster = sync::discover(server_list(settings), settings.kafka);
    if (!cluster) {
        return complain(cluster.error());
    }
    auto events = open_store(settings, cluster->cluster_id);
    if (!events) {
        return exit_refused;
    }
    thread_pool threads{thread_pool::default_size()};
    sync::guarded_topics guarded{options_for_topics(settings), *events, threads.contexts()};
    server proxy{settings, threads.contexts(), guarded, *events};
    if (const auto opened = proxy.open(cluster->brokers); !opened) {
        spdlog::error("{}", opened.error());
        return exit_refused;
    }
    if (const auto started = guarded.start(); !started) {
        return complain(started.error());
    }
    proxy.serve();
    spdlog::info("listening address={} advertised={} cluster={} brokers={}",
                 to_string(settings.listener), to_string(settings.advertised_listener),
                 cluster->cluster_id, cluster->brokers.size());
    std::make_shared<shutdown>(threads, proxy, guarded)->await_signal();
    threads.run();
    return exit_done;
}

}  // namespace bkes::proxy
