#include "sync/verify.hpp"

#include "proxy/commands/command.hpp"
#include "proxy/commands/progress_bar.hpp"
#include "proxy/commands/report_output.hpp"
#include "proxy/commands/start_up.hpp"
#include "proxy/log/log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>

namespace bkes::proxy {

namespace {

constexpr option limit_option{"--limit", "N",
                              "Show at most this many differences, and keys that stand "
                              "elsewhere [20]"};

/// How far the comparison is: on a terminal, else in the log, every few seconds.
class comparison_progress {
  public:
    comparison_progress(const config& settings, std::string_view topic, bool is_for_people)
        : topic_{topic},
          bar_{fmt::format("comparing {}", topic), std::chrono::milliseconds{0}},
          has_bar_{is_for_people && progress_bar::is_wanted(settings)} {}

    void at(std::uint64_t done, std::uint64_t all) {
        if (has_bar_) {
            bar_.at(done, all);
            return;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now - shown_ >= std::chrono::seconds{5}) {
            shown_ = now;
            spdlog::info("comparing topic={} offsets={} of={}", topic_, done, all);
        }
    }

  private:
    std::string_view topic_;
    progress_bar bar_;
    bool has_bar_;
    std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

outcome<sync::verify_report> compare(const config& settings, const std::string& topic,
                                     std::size_t shown_max, bool is_for_people) {
    const auto access = access_to_brokers(settings);
    if (!access) {
        return give_up{access.error()};
    }
    const auto cluster = sync::discover(*access);
    if (!cluster) {
        return give_up{failure_of(cluster.error())};
    }
    // Opening would create an empty one, and all would be missing in it.
    if (!std::filesystem::exists(store_directory(settings))) {
        return give_up{{exit_refused, fmt::format("there is no store in data.dir={}: name it with "
                                                  "--data-dir, as for bkes serve",
                                                  settings.data_dir)}};
    }
    const auto store = open_store(settings, cluster->cluster_id);
    if (!store) {
        return give_up{store.error()};
    }
    comparison_progress progress{settings, topic, is_for_people};
    auto report = sync::verify_topic(
        {.access = *access,
         .topic = topic,
         .order_header = settings.order_header,
         .expected = settings.partitioner,
         .shown_max = shown_max},
        **store, [&progress](std::uint64_t done, std::uint64_t all) { progress.at(done, all); });
    if (!report) {
        return give_up{failure_of(report.error())};
    }
    return std::move(*report);
}

outcome<void> verify(const invocation& call) {
    const auto settings = load_config(call).value;
    const auto shown_max = call.args.number(limit_option.name, 20, 0, 1'000'000);
    check_brokers_are_named(settings);
    start_log(settings.level, settings.format);
    const auto& topic = call.args.positional(0);
    const bool is_json = call.args.has(one_object_option.name);
    const auto report = compare(settings, topic, static_cast<std::size_t>(shown_max), !is_json);
    if (!report) {
        return give_up{report.error()};
    }
    call.around.out << (is_json ? report_as_json(topic, *report) : report_as_text(topic, *report));
    if (!report->agrees()) {
        return give_up{
            {exit_refused, "the store is not what the log says; delete it, and it is rebuilt"}};
    }
    return {};
}

}  // namespace

command verify_command() {
    return {.name = "verify",
            .summary = "Compare the store with the log, event by event",
            .takes = {.positionals = {"TOPIC"},
                      .options = {one_object_option, limit_option, command_config_option,
                                  config_option},
                      .settings = {},
                      .takes_all_settings = true},
            .notes =
                "Opens the store in data.dir, which must not be in use by a running bkes, and "
                "reads\nthe topic from its beginning. Exit code 1 if they differ. No differences, "
                "but counted,\nare: events that the store has not read yet; keys that stand in two "
                "partitions, and\nrecords whose order header disagrees with their place, which "
                "were written past bkes;\nkeys that stand elsewhere than the setting partitioner "
                "says, as their first event named\nanother partition, or there were fewer.\n",
            .run = verify};
}

}  // namespace bkes::proxy
