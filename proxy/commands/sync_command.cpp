#include "proxy/commands/command.hpp"
#include "proxy/commands/progress_bar.hpp"
#include "proxy/commands/start_up.hpp"
#include "proxy/commands/stop_signal.hpp"
#include "proxy/control/control.hpp"
#include "proxy/log/log.hpp"
#include "sync/sync_store.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

namespace bkes::proxy {

namespace {

constexpr std::string_view once_option = "--once";

outcome<void> follow(const config& settings, sync::sync_until until) {
    const auto access = access_to_brokers(settings);
    if (!access) {
        return give_up{access.error()};
    }
    const auto cluster = sync::discover(*access);
    if (!cluster) {
        return give_up{failure_of(cluster.error())};
    }
    if (const auto restored = restore_store(settings, *access, cluster->cluster_id); !restored) {
        return give_up{restored.error()};
    }
    const auto events = open_store(settings, cluster->cluster_id);
    if (!events) {
        return give_up{events.error()};
    }
    const stop_signal signals;
    progress_bar bar{"reading", std::chrono::milliseconds{0}};
    const auto followed = sync::sync_store(
        shown_on(bar, settings, options_for_topics(settings, *access)), **events, until,
        [&signals] { return signals.is_caught(); },
        [&settings](sync::stored_topics& topics) {
            return open_control(settings.data_dir, topics);
        });
    if (!followed) {
        return give_up{failure_of(followed.error())};
    }
    if (until == sync::sync_until::caught_up && signals.is_caught()) {
        return give_up{{exit_refused, "stopped before the store held everything"}};
    }
    return {};
}

outcome<void> run_sync(const invocation& call) {
    const auto settings = load_config(call).value;
    check_brokers_are_named(settings);
    start_log(settings.level, settings.format);
    spdlog::info("bkes follows version=" BKES_VERSION " bootstrap={} topics={} directory={}",
                 server_list(settings), fmt::join(settings.topics, ","), settings.data_dir);
    const auto followed = follow(settings, call.args.has(once_option) ? sync::sync_until::caught_up
                                                                      : sync::sync_until::stopped);
    if (followed) {
        spdlog::info("stopped topics={}", fmt::join(settings.topics, ","));
    }
    return followed;
}

}  // namespace

command sync_command() {
    return {.name = "sync",
            .summary = "Keep the store up with the topics without serving clients",
            .takes = {.positionals = {},
                      .options = {{once_option, "", "Stop when everything is in the store"},
                                  command_config_option,
                                  config_option},
                      .settings = {},
                      .takes_all_settings = true},
            .notes = "Never appends. The store in data.dir must not be in use by a running bkes.\n",
            .run = run_sync};
}

}  // namespace bkes::proxy
