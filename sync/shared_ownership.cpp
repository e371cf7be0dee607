#include "sync/shared_ownership.hpp"

#include "protocol/kafka_error.hpp"
#include "sync/aggregate_reader.hpp"
#include "sync/partition/topic_set.hpp"
#include "sync/rdkafka/group_member.hpp"
#include "sync/types/random_id.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

/// In which everybody has looked at the group once (sync/group/group_watch.cpp).
constexpr auto all_have_looked = 1s;

}  // namespace

shared_ownership::shared_ownership(const guarded_topics_options& options,
                                   std::span<boost::asio::io_context* const> contexts,
                                   const cluster_view& cluster, topic_set& topics,
                                   aggregate_reader& reader, std::string grant)
    : options_{options},
      topics_{topics},
      reader_{reader},
      grant_{std::move(grant)},
      instance_{hex_of(random_id())},
      owners_{
          options, contexts, cluster,
          group_owners::options{
              .own_instance = instance_,
              .grant = grant_,
              .local = [this](const std::string& topic, partition_id partition,
                              append_job job) { topics_.append(topic, partition, std::move(job)); },
              .seen = [this](const group_view* before,
                             const group_view& now) { saw(before, now); }}},
      join_timer_{*contexts.front()},
      hand_over_timer_{*contexts.front()},
      service_{instance_,
               {.submit =
                    [this](bytes_view topic, partition_id partition, append_job job) {
                        return topics_.append(topic, partition, std::move(job));
                    },
                .position =
                    [this](bytes_view topic, partition_id partition,
                           forward_service::position_request asked) {
                        position_of(topic, partition, std::move(asked));
                    }}} {}

shared_ownership::~shared_ownership() = default;

std::unique_ptr<group_member> shared_ownership::make_member() {
    const auto& sharing = options_.sharing;
    const auto each = [this](const std::vector<assigned_partition>& partitions,
                             void (partition_log::*told)()) {
        for (const auto& [topic, partition] : partitions) {
            if (const auto log = topics_.find(topic, partition)) {
                (*log.*told)();
            }
        }
    };
    return std::make_unique<group_member>(
        group_member_options{
            .access = options_.access,
            .group_id = sharing.group_id,
            .topics = options_.topics,
            .name = {.host = sharing.advertised_host,
                     .port = sharing.advertised_port,
                     .instance = instance_},
            .session_timeout = sharing.session_timeout,
            .grant = grant_,
            .new_keys = sharing.new_keys,
            .partition_count =
                [this](const std::string& topic) {
                    const auto found = topics_.find(topic);
                    return found ? static_cast<std::int32_t>(found->partitions.all()->size()) : 0;
                },
            .view = [this] { return owners_.view(); }},
        group_events{
            .assigned = [each](const auto& given) { each(given, &partition_log::assigned); },
            .revoked = [each](const auto& taken) { each(taken, &partition_log::revoked); },
            .rebalanced = [this] { owners_.look_now(); },
            .agreed = [this](const std::string& topic,
                             const new_key_rule& rule) { agreed(topic, rule); }});
}

void shared_ownership::start() {
    owners_.start();
    member_ = make_member();
    member_->start();
    join_when_caught_up();
}

/// Until then whoever owns the partitions keeps them, and what comes here is given to him.
void shared_ownership::join_when_caught_up() {
    const bool is_caught_up = std::ranges::all_of(topics_.all(), [](const auto& topic) {
        return std::ranges::all_of(*topic->partitions.all(),
                                   [](const auto& log) { return log->has_caught_up(); });
    });
    if (is_caught_up) {
        member_->join();
        return;
    }
    join_timer_.expires_after(20ms);
    join_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) {
            join_when_caught_up();
        }
    });
}

void shared_ownership::hand_over(std::chrono::milliseconds limit,
                                 std::move_only_function<void()> done) {
    if (!member_) {  // nothing was begun
        boost::asio::post(hand_over_timer_.get_executor(), std::move(done));
        return;
    }
    member_->leave();
    handed_over_ = std::move(done);
    await_hand_over(std::chrono::steady_clock::now() + limit);
}

bool shared_ownership::has_others() const {
    const auto view = owners_.view();
    return view && std::ranges::any_of(view->members(), [this](const group_member_view& member) {
               return member.name.instance != instance_;
           });
}

bool shared_ownership::owns_any() const {
    return std::ranges::any_of(topics_.all(), [](const auto& topic) {
        return std::ranges::any_of(*topic->partitions.all(),
                                   [](const auto& log) { return log->is_ours(); });
    });
}

/// A while longer, until the others have looked at the group and send nothing more here.
void shared_ownership::await_hand_over(std::chrono::steady_clock::time_point limit) {
    const bool is_alone = !has_others();
    const bool is_done = is_alone || !owns_any() || std::chrono::steady_clock::now() >= limit;
    hand_over_timer_.expires_after(!is_done ? 20ms : is_alone ? 0ms : all_have_looked);
    hand_over_timer_.async_wait([this, limit, is_done](boost::system::error_code cancelled) {
        if (cancelled) {
            return;
        }
        if (is_done) {
            std::exchange(handed_over_, nullptr)();
        } else {
            await_hand_over(limit);
        }
    });
}

void shared_ownership::stop() {
    join_timer_.cancel();
    owners_.stop();
    if (member_) {
        member_->stop();
    }
}

/// Partitions hear of it that may begin a tenure now, or whose owner is another one.
void shared_ownership::saw(const group_view* before, const group_view& now) {
    const auto instance_of = [](const group_view* seen, const std::string& topic,
                                partition_id partition) {
        const auto* const owner = seen == nullptr ? nullptr : seen->owner_of(topic, partition);
        return owner == nullptr ? std::string_view{} : std::string_view{owner->name.instance};
    };
    for (const auto& topic : topics_.all()) {
        const auto logs = topic->partitions.all();
        for (const auto& log : *logs) {
            const auto owner = instance_of(&now, topic->name, log->partition());
            if (owner != instance_of(before, topic->name, log->partition())) {
                log->owner_changed();
            }
            if (now.is_stable() && owner == instance_ && !log->is_ours()) {
                log->seen_as_ours(now.asked_at());
            }
        }
    }
}

void shared_ownership::agreed(const std::string& topic, const new_key_rule& rule) {
    auto all = *rules_.load();
    all[topic] = rule;
    rules_.store(std::make_shared<const rules>(std::move(all)));
    topics_.rule_agreed(topic);
}

void shared_ownership::forward(boost::asio::io_context& context, bytes_view topic,
                               partition_id partition, append_job job) {
    owners_.forwarder_of(context).forward(topic, partition, std::move(job));
}

void shared_ownership::ours(boost::asio::io_context& context, bytes_view topic,
                            partition_id partition) {
    owners_.forwarder_of(context).ours(topic, partition);
}

void shared_ownership::ask_position(boost::asio::io_context& context, bytes_view topic,
                                    partition_id partition, reach_handler done) {
    owners_.forwarder_of(context).ask_position(topic, partition, std::move(done));
}

std::optional<partition_id> shared_ownership::home_of_new_key(bytes_view topic,
                                                              bytes_view key) const {
    const auto all = rules_.load();
    const auto found = all->find(topic);
    return found == all->end()
               ? std::nullopt
               : std::optional{partition_for_key(found->second.by, key, found->second.partitions)};
}

/// While this instance is the owner, or is about to be: it doesn't ask others on behalf of others.
void shared_ownership::position_of(bytes_view topic, partition_id partition,
                                   forward_service::position_request asked) {
    using protocol::kafka_error;
    const auto log = topics_.find(topic, partition);
    if (!log || !log->is_ours()) {
        const auto code =
            log ? kafka_error::not_leader_or_follower : kafka_error::unknown_topic_or_partition;
        boost::asio::post(asked.context, [code, done = std::move(asked.done)]() mutable {
            done(static_cast<std::int16_t>(code), {});
        });
        return;
    }
    // The ticket is held by what it calls.
    const auto ticket = std::make_shared<wait_ticket>();
    auto& context = asked.context;
    *ticket = reader_.when_readable(
        std::chrono::steady_clock::now(), topic, partition, asked.deadline, context,
        [log, ticket, done = std::move(asked.done)](wait_result result) mutable {
            const bool is_proved = result == wait_result::reached;
            ticket->reset();
            done(static_cast<std::int16_t>(is_proved ? kafka_error::none
                                                     : kafka_error::not_enough_replicas),
                 is_proved ? log->reach() : log_reach{});
        });
}

}  // namespace bkes::sync
