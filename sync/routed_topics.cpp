#include "sync/routed_topics.hpp"

#include "sync/broker/bootstrap_servers.hpp"
#include "sync/quotas/quota_watch.hpp"
#include "sync/start/start_checks.hpp"
#include "sync/store_link.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <ranges>
#include <utility>

namespace bkes::sync {

namespace {

constexpr log_offset nothing_kept{-1};

}  // namespace

routed_topics::routed_topics(guarded_topics_options options,
                             std::span<boost::asio::io_context* const> contexts)
    : options_{std::move(options)},
      contexts_{contexts.begin(), contexts.end()},
      view_{*contexts_.front(),
            {.bootstrap = parse_bootstrap_servers(options_.access.bootstrap_servers),
             .topics = options_.topics,
             .client_id = options_.access.client_id,
             .security = options_.access.security}},
      rights_{principal_of(options_.access), options_.access.bootstrap_servers},
      owners_{options_, contexts_, view_,
              group_owners::options{.grant = command_for_group(rights_, options_)}} {}

routed_topics::~routed_topics() = default;

void routed_topics::on_cluster_change(std::function<void(const cluster_snapshot&)> changed) {
    cluster_changed_ = std::move(changed);
}

started<void> routed_topics::start() {
    const auto facts = check_start(options_, rights_);
    if (!facts) {
        return std::unexpected{facts.error()};
    }
    for (const auto& topic : facts->guarded) {
        sync_log().info("routed topic topic={} partitions={}", topic.name, topic.partition_count);
        count_partitions(topic.name, static_cast<std::size_t>(topic.partition_count));
    }
    view_.on_change([this](const cluster_snapshot& snapshot) { saw(snapshot); });
    const auto asking = std::make_shared<quota_watch>(quotas_, command_for_quotas(rights_));
    view_.on_answer([asking](broker_link& link) { asking->ask(link); });
    view_.start(options_.keep_alive);
    owners_.start();
    return {};
}

void routed_topics::saw(const cluster_snapshot& snapshot) {
    for (const auto& topic : snapshot.topics) {
        count_partitions(topic.name, topic.partitions.size());
    }
    cluster_changed_(snapshot);
}

/// What was counted of those that stay, stays.
void routed_topics::count_partitions(const std::string& topic, std::size_t count) {
    if (static_cast<std::size_t>(partition_count(topic)) == count) {
        return;
    }
    auto table = *counts_.load();
    auto& partitions = table[topic];
    const auto had = partitions.size();
    partitions.resize(count);
    for (auto& fresh : partitions | std::views::drop(had)) {
        fresh = std::make_shared<partition_counts>();
    }
    counts_.store(std::make_shared<const counts_table>(std::move(table)));
}

void routed_topics::stop(std::chrono::milliseconds /*limit*/,
                         std::move_only_function<void()> stopped) {
    boost::asio::post(*contexts_.front(), [this, stopped = std::move(stopped)]() mutable {
        owners_.stop();
        view_.stop();
        boost::asio::post(*contexts_.front(), std::move(stopped));
    });
}

const std::vector<std::string>& routed_topics::topics() const {
    return options_.topics;
}

std::int32_t routed_topics::partition_count(bytes_view topic) const {
    const auto table = counts_.load();
    const auto found = table->find(topic);
    return found == table->end() ? 0 : static_cast<std::int32_t>(found->second.size());
}

std::optional<partition_status> routed_topics::status(bytes_view topic,
                                                      partition_id partition) const {
    if (find_counts(topic, partition) == nullptr) {
        return std::nullopt;
    }
    auto owner = owners_.address_of_owner(topic, partition);
    return partition_status{
        .state = owner.empty() ? partition_state::held : partition_state::followed,
        .next_offset = nothing_kept,
        .end_offset = nothing_kept,
        .owner = std::move(owner)};
}

std::shared_ptr<partition_counts> routed_topics::find_counts(bytes_view topic,
                                                             partition_id partition) const {
    const auto table = counts_.load();
    const auto found = table->find(topic);
    const auto index = static_cast<std::size_t>(partition.value());
    const bool is_there =
        found != table->end() && partition.value() >= 0 && index < found->second.size();
    return is_there ? found->second[index] : nullptr;
}

std::shared_ptr<const partition_counts> routed_topics::counts(bytes_view topic,
                                                              partition_id partition) const {
    return find_counts(topic, partition);
}

routed_topics::append_submission routed_topics::append(bytes_view topic, partition_id partition,
                                                       append_job job) {
    auto counted = find_counts(topic, partition);
    if (counted == nullptr) {
        view_.refresh();  // it may be new
        return append_submission::unknown_partition;
    }
    auto& context = *contexts_[static_cast<std::size_t>(partition.value()) % contexts_.size()];
    boost::asio::dispatch(context, [this, &context, topic = bytes{topic}, partition,
                                    counted = std::move(counted), job = std::move(job)]() mutable {
        counted->forwarded.add();
        owners_.forwarder_of(context).forward(topic, partition, std::move(job));
    });
    return append_submission::taken;
}

void routed_topics::hand_over(std::chrono::milliseconds /*limit*/,
                              std::move_only_function<void()> done) {
    boost::asio::post(*contexts_.front(), std::move(done));
}

std::chrono::milliseconds routed_topics::count_produced(const produce_client& who,
                                                        std::size_t bytes) {
    return quotas_->count_now(who, bytes);
}

std::shared_ptr<store_link> routed_topics::link_to_store(boost::asio::io_context& context) {
    return std::make_shared<store_link>(
        context, store_link::options{.access = options_.access,
                                     .view = [this] { return owners_.view(); },
                                     .look_now = [this] { owners_.look_now(); },
                                     .first = links_.fetch_add(1, std::memory_order_relaxed)});
}

std::chrono::milliseconds routed_topics::keep_alive() const {
    return options_.keep_alive;
}

std::shared_ptr<const cluster_snapshot> routed_topics::cluster() const {
    return view_.snapshot();
}

}  // namespace bkes::sync
