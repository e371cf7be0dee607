#pragma once
// What `serve`, `sync` and `verify` begin with: the cluster behind bootstrap.servers and the store
// in data.dir.

#include "proxy/commands/outcome.hpp"
#include "proxy/commands/progress_bar.hpp"
#include "proxy/config/config.hpp"
#include "store/event_store.hpp"
#include "sync/stored_topics.hpp"

#include <memory>
#include <string>

namespace bkes::proxy {

/// bootstrap.servers as Kafka's clients read it.
std::string server_list(const config& settings);

/// The problem's text, and the exit code that fits its kind.
command_failure failure_of(const sync::start_problem& problem);

/// If restore.from is set: fills a data directory that holds no store yet from it. Where that is another
/// instance which gives nothing, the directory stays empty.
outcome<void> restore_store(const config& settings, const sync::cluster_access& access,
                            const std::string& cluster_id);

/// Opens or creates the store in the data directory.
outcome<std::unique_ptr<store::event_store>> open_store(const config& settings,
                                                        const std::string& cluster_id);

/// Where `open_store` has the store.
std::string store_directory(const config& settings);

/// The brokers as bkes itself reaches them. Fails on a certificate or key that can't be used.
outcome<sync::cluster_access> access_to_brokers(const config& settings);

/// The same, with the catching up on the bar, which outlives it, if somebody looks there.
sync::guarded_topics_options shown_on(progress_bar& bar, const config& settings,
                                      sync::guarded_topics_options options);

sync::guarded_topics_options options_for_topics(const config& settings,
                                                const sync::cluster_access& access);

}  // namespace bkes::proxy
