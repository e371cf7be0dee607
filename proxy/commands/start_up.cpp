#include "proxy/commands/start_up.hpp"

#include "proxy/key_topics/key_topic.hpp"
#include "proxy/log/text.hpp"
#include "store/restore_point.hpp"
#include "sync/oauth/open_security.hpp"
#include "sync/restore_from_peer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>

namespace bkes::proxy {

std::string server_list(const config& settings) {
    std::string list;
    for (const auto& server : settings.bootstrap_servers) {
        list += (list.empty() ? "" : ",") + to_string(server);
    }
    return list;
}

command_failure failure_of(const sync::start_problem& problem) {
    switch (problem.kind) {
        case sync::start_problem_kind::unreachable:
            return {exit_unreachable, problem.text};
        case sync::start_problem_kind::not_let_in:
        case sync::start_problem_kind::bad_setting:
            return {exit_usage, problem.text};
        case sync::start_problem_kind::store_failed:
            break;
    }
    return {exit_refused, problem.text};
}

std::string store_directory(const config& settings) {
    return settings.data_dir + "/store";
}

namespace {

store::store_options options_of_store(const config& settings, const std::string& cluster_id) {
    return {.directory = store_directory(settings),
            .memory_bytes = static_cast<std::size_t>(settings.store_memory_bytes),
            .cluster_id = cluster_id,
            .log_sink = [](std::string_view line) { spdlog::warn("{}", line); }};
}

outcome<void> make_data_directory(const config& settings) {
    std::error_code failed;
    std::filesystem::create_directories(settings.data_dir, failed);
    if (failed) {
        return give_up{{exit_refused, fmt::format("data.dir={} can't be created: {}",
                                                  settings.data_dir, failed.message())}};
    }
    return {};
}

std::int64_t offsets_in(const store::restore_report& restored) {
    std::int64_t offsets = 0;
    for (const auto& one : restored.partitions) {
        offsets += one.position.next_offset.value();
    }
    return offsets;
}

outcome<void> restore_from_directory(const config& settings, const store::store_options& into) {
    const auto restored = store::restore(settings.restore_from, into);
    if (!restored) {
        return give_up{{exit_refused, fmt::format("restore.from={} can't be used: {}",
                                                  settings.restore_from, restored.error())}};
    }
    spdlog::info(
        "store begins from a restore point directory={} restore_point={} partitions={} offsets={} "
        "linked_bytes={} copied_bytes={}",
        in_quotes(into.directory), in_quotes(settings.restore_from), restored->partitions.size(),
        offsets_in(*restored), restored->linked_bytes, restored->copied_bytes);
    return {};
}

void fetch_from_peer(const config& settings, const sync::cluster_access& access,
                     const store::store_options& into) {
    sync::peer_restore_options options{
        .access = access, .group_id = settings.group_id, .into = into};
    progress_bar bar{"fetching the store", std::chrono::seconds{1}};
    if (progress_bar::is_wanted(settings)) {
        options.progress = [&bar](std::uint64_t done, std::uint64_t all) { bar.at(done, all); };
    }
    if (const auto fetched = sync::restore_from_peer(options)) {
        spdlog::info(
            "store begins from another instance's restore point directory={} address={} "
            "partitions={} offsets={} bytes={} ms={}",
            in_quotes(into.directory), fetched->address, fetched->restored.partitions.size(),
            offsets_in(fetched->restored), fetched->restored.copied_bytes, fetched->took.count());
    }
}

}  // namespace

outcome<void> restore_store(const config& settings, const sync::cluster_access& access,
                            const std::string& cluster_id) {
    if (settings.restore_from.empty()) {
        return {};
    }
    if (auto made = make_data_directory(settings); !made) {
        return made;
    }
    if (store::holds_store(store_directory(settings))) {
        spdlog::info("restore.from isn't needed, there is a store directory={} restore_point={}",
                     in_quotes(store_directory(settings)), in_quotes(settings.restore_from));
        return {};
    }
    const auto into = options_of_store(settings, cluster_id);
    if (settings.restore_from == from_a_peer) {
        fetch_from_peer(settings, access, into);
        return {};
    }
    return restore_from_directory(settings, into);
}

outcome<std::unique_ptr<store::event_store>> open_store(const config& settings,
                                                        const std::string& cluster_id) {
    if (auto made = make_data_directory(settings); !made) {
        return give_up{made.error()};
    }
    auto opened = store::event_store::open(options_of_store(settings, cluster_id));
    if (!opened) {
        return give_up{{exit_refused, fmt::format("the store in data.dir={} can't be opened: {}",
                                                  settings.data_dir, opened.error().message())}};
    }
    return std::move(*opened);
}

outcome<sync::cluster_access> access_to_brokers(const config& settings) {
    auto security = sync::open_security(settings.kafka);
    if (!security) {
        return give_up{{exit_usage, std::move(security.error())}};
    }
    return sync::cluster_access{.bootstrap_servers = server_list(settings),
                                .security = std::move(*security),
                                .client_id = "bkes-" + settings.instance_id};
}

sync::guarded_topics_options shown_on(progress_bar& bar, const config& settings,
                                      sync::guarded_topics_options options) {
    if (progress_bar::is_wanted(settings)) {
        options.catching_up = [&bar](std::int64_t held, std::int64_t all) {
            bar.at(static_cast<std::uint64_t>(held), static_cast<std::uint64_t>(all));
        };
    }
    return options;
}

sync::guarded_topics_options options_for_topics(const config& settings,
                                                const sync::cluster_access& access) {
    return {.role = settings.role == instance_role::router ? sync::topics_role::router
                                                           : sync::topics_role::owner,
            .access = access,
            .topics = settings.topics,
            .order_header = settings.order_header,
            .order_required = settings.without_order == missing_order::refused,
            .event_id_header = settings.event_id_header,
            .misplaced = settings.misplaced,
            .hold_ms = std::chrono::milliseconds{settings.hold_ms},
            .lease = std::chrono::milliseconds{settings.lease_ms},
            .batch_bytes_max = static_cast<std::size_t>(settings.batch_bytes_max),
            .sharing = {.group_id = settings.group_id,
                        .advertised_host = settings.listeners.front().advertised.host,
                        .advertised_port = settings.listeners.front().advertised.port,
                        .session_timeout = std::chrono::milliseconds{settings.session_timeout_ms},
                        .offered_directory = settings.data_dir + "/offered",
                        .new_keys = settings.partitioner},
            .is_virtual_name = [names = key_topic_names{settings.topics}](bytes_view topic) {
                return names.kind_of(topic) != topic_kind::real;
            }};
}

}  // namespace bkes::proxy
