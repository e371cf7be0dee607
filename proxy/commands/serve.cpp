#include "proxy/commands/serve.hpp"

#include "proxy/commands/exit_code.hpp"
#include "proxy/commands/patience.hpp"
#include "proxy/commands/start_up.hpp"
#include "proxy/server/open_files.hpp"
#include "proxy/server/server.hpp"
#include "proxy/server/thread_pool.hpp"
#include "sync/guarded_topics.hpp"
#include "sync/net/link_security.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

/// How long the answers owed to clients and the batches at the brokers may take on SIGTERM.
constexpr auto drain_limit = std::chrono::seconds{10};
constexpr auto drain_poll = std::chrono::milliseconds{20};

int complain(const command_failure& failed) {
    spdlog::error("{}", failed.text);
    return failed.code;
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

}  // namespace

int serve(const config& settings, const reread_config& reread) {
    ignore_hangup();
    raise_open_files();
    spdlog::info("bkes " BKES_VERSION " starts instance={} bootstrap={} topics={}",
                 settings.instance_id, server_list(settings), fmt::join(settings.topics, ","));
    const auto access = access_to_brokers(settings);
    if (!access) {
        return complain(access.error());
    }
    patience patient;
    const auto cluster = patient.until_it_works<sync::cluster_identity>(
        [&access] { return sync::discover(*access); });
    if (!cluster) {
        return complain(failure_of(cluster.error()));
    }
    const auto events = open_store(settings, cluster->cluster_id);
    if (!events) {
        return complain(events.error());
    }
    thread_pool threads{static_cast<std::size_t>(settings.threads)};
    sync::guarded_topics guarded{options_for_topics(settings, *access), **events,
                                 threads.contexts()};
    server proxy{settings, threads, guarded, access->security};
    if (const auto opened = proxy.open(cluster->brokers); !opened) {
        spdlog::error("{}", opened.error());
        return exit_refused;
    }
    guarded.on_cluster_change(
        [&proxy](const sync::cluster_snapshot& seen) { proxy.learn(seen.brokers); });
    if (const auto started = patient.until_it_works<void>([&guarded] { return guarded.start(); });
        !started) {
        return complain(failure_of(started.error()));
    }
    proxy.serve();
    for (const auto& one : settings.listeners) {
        spdlog::info("listening address={} advertised={} cluster={} brokers={} listener={}",
                     to_string(one.address), to_string(one.advertised), cluster->cluster_id,
                     cluster->brokers.size(), one.name);
    }
    const auto certificates =
        std::make_shared<certificate_watch>(threads.first(), proxy.certificates());
    certificates->start();
    std::make_shared<hangup>(threads.first(), proxy, certificates, reread)->await_signal();
    std::make_shared<shutdown>(threads, proxy, guarded)->await_signal();
    threads.run();
    return exit_done;
}

}  // namespace bkes::proxy
