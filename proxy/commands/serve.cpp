#include "proxy/commands/serve.hpp"

#include "proxy/admin/admin.hpp"
#include "proxy/admin/loop_watch.hpp"
#include "proxy/commands/exit_code.hpp"
#include "proxy/commands/patience.hpp"
#include "proxy/commands/start_signals.hpp"
#include "proxy/commands/start_up.hpp"
#include "proxy/control/control.hpp"
#include "proxy/log/text.hpp"
#include "proxy/server/open_files.hpp"
#include "proxy/server/server.hpp"
#include "proxy/server/thread_pool.hpp"
#include "sync/guarded_topics.hpp"
#include "sync/net/link_security.hpp"
#include "sync/routed_topics.hpp"
#include "sync/stored_topics.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <optional>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

/// How long the answers owed to clients and the batches at the brokers may take on SIGTERM.
constexpr auto drain_limit = std::chrono::seconds{10};
/// How long other instances of the group may take to take over.
constexpr auto hand_over_limit = std::chrono::seconds{10};
constexpr auto drain_poll = std::chrono::milliseconds{20};

int complain(const command_failure& failed) {
    spdlog::error("can't serve, bkes ends reason={}", in_quotes(failed.text, 2'000));
    return failed.code;
}

/// What an instance is made of, as long as it serves.
struct running {
    const config& settings;
    thread_pool& threads;
    server& clients;
    sync::guarded_topics& guarded;
    admin& shown;
};

/// Is told to end: says so, takes clients for a while yet, then stops accepting, finishes what is in
/// flight, flushes, and lets `run` return.
class shutdown : public std::enable_shared_from_this<shutdown> {
  public:
    explicit shutdown(const running& instance)
        : instance_{instance},
          signals_{instance.threads.first(), SIGTERM, SIGINT},
          timer_{instance.threads.first()} {}

    void await_signal() {
        signals_.async_wait([self = shared_from_this()](const auto& cancelled, int signal) {
            if (!cancelled) {
                spdlog::info("stopping signal={} connections={} drain_ms={}", signal,
                             self->instance_.clients.open_sessions(),
                             self->instance_.settings.drain_ms);
                self->begin();
            }
        });
    }

  private:
    void begin() {
        signals_.async_wait([](const auto& cancelled, int) {
            if (!cancelled) {
                spdlog::warn("ended at once by a second signal");
                std::_Exit(exit_refused);
            }
        });
        instance_.shown.drain();
        instance_.guarded.hand_over(hand_over_limit, [self = shared_from_this()] {
            self->is_handed_over_ = true;
            self->end_connections();
        });
        timer_.expires_after(std::chrono::milliseconds{instance_.settings.drain_ms});
        timer_.async_wait([self = shared_from_this()](const auto&) {
            self->is_drained_ = true;
            self->end_connections();
        });
    }

    void end_connections() {
        if (!is_drained_ || !is_handed_over_) {
            return;
        }
        spdlog::info("draining, no more connections are taken connections={}",
                     instance_.clients.open_sessions());
        deadline_ = std::chrono::steady_clock::now() + drain_limit;
        instance_.shown.end_reads();
        instance_.clients.drain();
        await_sessions();
    }

    void await_sessions() {
        if (instance_.clients.open_sessions() == 0 ||
            std::chrono::steady_clock::now() > deadline_) {
            if (const auto left = instance_.clients.open_sessions(); left != 0) {
                spdlog::warn("connections are ended that are owed something connections={}", left);
            }
            instance_.clients.close_all();
            instance_.guarded.stop(drain_limit, [self = shared_from_this()] {
                spdlog::info("stopped");
                self->instance_.threads.stop();
            });
            return;
        }
        timer_.expires_after(drain_poll);
        timer_.async_wait([self = shared_from_this()](const auto&) { self->await_sessions(); });
    }

    const running instance_;
    asio::signal_set signals_;
    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point deadline_;
    bool is_drained_ = false;      ///< drain.ms is over
    bool is_handed_over_ = false;  ///< as far as others share the partitions
};

/// Null: a router has none.
outcome<std::unique_ptr<store::event_store>> open_events(const config& settings,
                                                         const sync::cluster_access& access,
                                                         const std::string& cluster_id) {
    if (settings.role == instance_role::router) {
        return nullptr;
    }
    if (auto restored = restore_store(settings, access, cluster_id); !restored) {
        return give_up{restored.error()};
    }
    return open_store(settings, cluster_id);
}

struct guarded_side {
    std::unique_ptr<sync::guarded_topics> topics;
    sync::stored_topics* stored = nullptr;  ///< the same; null: a router
};

guarded_side make_topics(sync::guarded_topics_options options, store::event_store* events,
                         thread_pool& threads) {
    if (events == nullptr) {
        return {std::make_unique<sync::routed_topics>(std::move(options), threads.contexts())};
    }
    auto stored =
        std::make_unique<sync::stored_topics>(std::move(options), *events, threads.contexts());
    auto* const same = stored.get();
    return {std::move(stored), same};
}

}  // namespace

int serve(const config& settings, const reread_config& reread) {
    std::optional<start_signals> starting{std::in_place};
    ignore_hangup();
    raise_open_files();
    spdlog::info("bkes starts version=" BKES_VERSION " instance={} bootstrap={} topics={}",
                 settings.instance_id, server_list(settings), fmt::join(settings.topics, ","));
    const auto access = access_to_brokers(settings);
    if (!access) {
        return complain(access.error());
    }
    admin shown;
    if (const auto opened = shown.open(settings); !opened) {
        return complain({exit_refused, opened.error()});
    }
    patience patient;
    const auto cluster = patient.until_it_works<sync::cluster_identity>(
        [&access] { return sync::discover(*access); });
    if (!cluster) {
        return complain(failure_of(cluster.error()));
    }
    const auto events = open_events(settings, *access, cluster->cluster_id);
    if (!events) {
        return complain(events.error());
    }
    thread_pool threads{static_cast<std::size_t>(settings.threads),
                        std::chrono::microseconds{settings.busy_poll_us}};
    loop_watch loops{threads.contexts()};
    progress_bar bar{"catching up", std::chrono::seconds{1}};
    const auto made = make_topics(shown_on(bar, settings, options_for_topics(settings, *access)),
                                  events->get(), threads);
    auto& guarded = *made.topics;
    server proxy{settings, threads, guarded, access->security};
    if (const auto opened = proxy.open(cluster->brokers); !opened) {
        return complain({exit_refused, opened.error()});
    }
    guarded.on_cluster_change(
        [&proxy](const sync::cluster_snapshot& seen) { proxy.learn(seen.brokers); });
    if (const auto started = patient.until_it_works<void>([&guarded] { return guarded.start(); });
        !started) {
        return complain(failure_of(started.error()));
    }
    const auto asked =
        made.stored == nullptr ? nullptr : open_control(settings.data_dir, *made.stored);
    proxy.serve();
    loops.start();
    const auto observed = shown.observe({guarded, proxy, events->get(), loops});
    for (const auto& one : settings.listeners) {
        spdlog::info("listening address={} advertised={} cluster={} brokers={} listener={}",
                     to_string(one.address), to_string(one.advertised), cluster->cluster_id,
                     cluster->brokers.size(), one.name);
    }
    auto looked_after = proxy.certificates();
    std::ranges::move(shown.certificates(), std::back_inserter(looked_after));
    const auto certificates =
        std::make_shared<certificate_watch>(threads.first(), std::move(looked_after));
    certificates->start();
    std::make_shared<hangup>(threads.first(), proxy, certificates, reread)->await_signal();
    std::make_shared<shutdown>(running{settings, threads, proxy, guarded, shown})->await_signal();
    starting.reset();
    threads.run();
    return exit_done;
}

}  // namespace bkes::proxy
