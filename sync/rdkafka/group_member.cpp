#include "sync/rdkafka/group_member.hpp"

#include "sync/rdkafka/client_handle.hpp"
#include "sync/types/log.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto poll_max = 20ms;
constexpr auto rule_interval = 200ms;
constexpr auto rule_timeout = 2s;
constexpr auto open_interval = 1s;
/// For the group to let it go; others wait for its session to end else.
constexpr auto close_max = 5s;
constexpr auto trouble_interval = 1min;

struct list_deleter {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};

using partition_list_handle = std::unique_ptr<rd_kafka_topic_partition_list_t, list_deleter>;

void drop(rd_kafka_error_t* error) {
    if (error != nullptr) {
        sync_log().warn("group doesn't take what it gave group_error=\"{}\"",
                        rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
    }
}

std::vector<assigned_partition> names_in(const rd_kafka_topic_partition_list_t& list) {
    std::vector<assigned_partition> names;
    for (int at = 0; at < list.cnt; ++at) {
        names.push_back({list.elems[at].topic, partition_id{list.elems[at].partition}});
    }
    return names;
}

partition_list_handle first_partition_of(const std::string& topic) {
    partition_list_handle list{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
    return list;
}

}  // namespace

class group_member::runner {
  public:
    runner(group_member_options options, group_events events)
        : options_{std::move(options)}, events_{std::move(events)}, around_{options_.access} {
        around_.rebalanced = [this](rd_kafka_t* kafka, int error,
                                    rd_kafka_topic_partition_list_t* list) {
            rebalanced(kafka, error, list);
        };
    }

    void start() {
        thread_ = std::jthread{[this] { run(); }};
    }

    void join() { is_joining_ = true; }

    void leave() { is_leaving_ = true; }

    void stop() {
        is_stopping_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }

  private:
    void run();
    [[nodiscard]] bool open();
    void close();
    void subscribe();
    void turn();
    void agree_on_rules();
    std::optional<new_key_rule> committed_rule(const std::string& topic);
    [[nodiscard]] bool is_first_partition_ours(const std::string& topic) const;
    void propose_rule(const std::string& topic);
    void take_rule(const std::string& topic, const new_key_rule& rule);
    void rebalanced(rd_kafka_t* kafka, int error, rd_kafka_topic_partition_list_t* list);
    void say_trouble(const std::string& what);

    const group_member_options options_;
    const group_events events_;
    client_surroundings around_;
    kafka_handle kafka_;
    std::vector<assigned_partition> assigned_;
    std::map<std::string, new_key_rule> rules_;
    steady_clock::time_point rules_looked_at_{};
    std::map<std::string, steady_clock::time_point> troubles_;
    bool is_rule_known_missing_ = false;  ///< of the topic that was asked for last
    bool has_joined_ = false;
    bool was_given_ = false;  ///< the group has answered
    bool has_left_ = false;
    std::atomic<bool> is_joining_{false};
    std::atomic<bool> is_leaving_{false};
    std::atomic<bool> is_stopping_{false};
    std::jthread thread_;
};

void group_member::runner::run() {
    while (!is_stopping_ && !open()) {
        std::this_thread::sleep_for(open_interval);
    }
    if (!kafka_) {
        return;
    }
    while (!is_stopping_) {
        turn();
    }
    close();
}

/// librdkafka 2.0 may wait for ever for the end of a rebalance, and break when it is destroyed before a
/// group has answered (librdkafka issues 4528, 4381). The process ends anyway, so what doesn't close in
/// time is left to that.
void group_member::runner::close() {
    const kafka_queue closing{rd_kafka_queue_new(kafka_.get())};
    const auto end = steady_clock::now() + close_max;
    while (has_joined_ && !was_given_ && steady_clock::now() < end) {
        turn();
    }
    drop(rd_kafka_consumer_close_queue(kafka_.get(), closing.get()));
    while (rd_kafka_consumer_closed(kafka_.get()) == 0 && steady_clock::now() < end) {
        if (auto* const event = rd_kafka_queue_poll(closing.get(), poll_max.count())) {
            if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {
                auto* const list = rd_kafka_event_topic_partition_list(event);
                rebalanced(kafka_.get(), rd_kafka_event_error(event), list);
            }
            rd_kafka_event_destroy(event);
        }
    }
    if (rd_kafka_consumer_closed(kafka_.get()) == 0) {
        sync_log().info("group doesn't let go, its session ends by itself group={}",
                        options_.group_id);
        std::ignore = kafka_.release();
    }
    kafka_.reset();
}

bool group_member::runner::open() {
    auto settings = librdkafka_settings(options_.access);
    const auto session = options_.session_timeout.count();
    settings.insert({{"group.id", options_.group_id},
                     {"client.id", client_id_of(options_.name)},
                     {"partition.assignment.strategy", "cooperative-sticky"},
                     {"session.timeout.ms", std::to_string(session)},
                     {"heartbeat.interval.ms", std::to_string(std::min<long>(500, session / 6))},
                     {"enable.auto.commit", "false"},
                     {"enable.auto.offset.store", "false"},
                     {"auto.offset.reset", "latest"},
                     {"allow.auto.create.topics", "false"},
                     {"queued.min.messages", "1"},
                     {"topic.metadata.refresh.interval.ms", "5000"},
                     {"log.connection.close", "false"}});
    auto opened = open_kafka(settings, around_);
    if (!opened) {
        say_trouble(opened.error());
        return false;
    }
    kafka_ = std::move(*opened);
    rd_kafka_poll_set_consumer(kafka_.get());
    return true;
}

void group_member::runner::subscribe() {
    const partition_list_handle topics{
        rd_kafka_topic_partition_list_new(static_cast<int>(options_.topics.size()))};
    for (const auto& topic : options_.topics) {
        rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    if (const auto error = rd_kafka_subscribe(kafka_.get(), topics.get())) {
        say_trouble(rd_kafka_err2str(error));
    }
}

void group_member::runner::turn() {
    if (auto* const message = rd_kafka_consumer_poll(kafka_.get(), poll_max.count())) {
        if (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
            say_trouble("no right to the group: " + options_.grant);
        } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            say_trouble(rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(message);
    }
    if (!around_.refused.empty()) {
        say_trouble(std::exchange(around_.refused, {}));
    }
    if (is_joining_ && !is_leaving_ && !std::exchange(has_joined_, true)) {
        subscribe();
    }
    const bool may_leave = !has_joined_ || was_given_;
    if (is_leaving_ && may_leave && !std::exchange(has_left_, true)) {
        rd_kafka_unsubscribe(kafka_.get());
    }
    agree_on_rules();
}

void group_member::runner::agree_on_rules() {
    const auto now = steady_clock::now();
    if (rules_.size() == options_.topics.size() || now - rules_looked_at_ < rule_interval ||
        has_left_) {
        return;
    }
    rules_looked_at_ = now;
    for (const auto& topic : options_.topics) {
        if (rules_.contains(topic)) {
            continue;
        }
        if (const auto rule = committed_rule(topic)) {
            take_rule(topic, *rule);
        } else if (is_first_partition_ours(topic)) {
            propose_rule(topic);
        }
    }
}

/// As we know it, and as the group does: a commit while it rebalances may cost the membership
/// (librdkafka issue 4908).
bool group_member::runner::is_first_partition_ours(const std::string& topic) const {
    const auto view = options_.view();
    const auto* const owner =
        view && view->is_stable() ? view->owner_of(topic, partition_id{0}) : nullptr;
    return owner != nullptr && owner->name == options_.name &&
           std::ranges::find(assigned_, assigned_partition{topic, partition_id{0}}) !=
               assigned_.end();
}

/// Empty: there is none, or it can't be asked for now.
std::optional<new_key_rule> group_member::runner::committed_rule(const std::string& topic) {
    const auto list = first_partition_of(topic);
    const auto timeout = std::chrono::milliseconds{rule_timeout}.count();
    const auto error = rd_kafka_committed(kafka_.get(), list.get(), static_cast<int>(timeout));
    const auto& answered = list->elems[0];
    is_rule_known_missing_ = error == RD_KAFKA_RESP_ERR_NO_ERROR &&
                             answered.err == RD_KAFKA_RESP_ERR_NO_ERROR && answered.offset < 0;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || answered.err != RD_KAFKA_RESP_ERR_NO_ERROR ||
        answered.metadata == nullptr) {
        return std::nullopt;
    }
    return parse_new_key_rule(
        {static_cast<const char*>(answered.metadata), answered.metadata_size});
}

/// Of the members only one has partition 0, and the coordinator takes a commit of this generation alone.
/// What comes of it is read as everybody reads it.
void group_member::runner::propose_rule(const std::string& topic) {
    const new_key_rule rule{.by = options_.new_keys, .partitions = options_.partition_count(topic)};
    if (!is_rule_known_missing_ || rule.partitions < 1) {
        return;
    }
    const auto text = text_of(rule);
    const auto list = first_partition_of(topic);
    auto& one = list->elems[0];
    one.offset = 0;
    one.metadata = ::strdup(text.c_str());
    one.metadata_size = text.size();
    rd_kafka_commit(kafka_.get(), list.get(), 1);
}

void group_member::runner::take_rule(const std::string& topic, const new_key_rule& rule) {
    if (rule.by != options_.new_keys) {
        say_trouble("topic " + topic + ": the group puts new keys by partitioner=" +
                    std::string{name_of(rule.by)} + ", this instance by " +
                    std::string{name_of(options_.new_keys)} + ": it doesn't serve");
        return;
    }
    rules_.emplace(topic, rule);
    sync_log().info("new keys topic={} partitioner={} partitions={}", topic, name_of(rule.by),
                    rule.partitions);
    events_.agreed(topic, rule);
}

void group_member::runner::rebalanced(rd_kafka_t* kafka, int error,
                                      rd_kafka_topic_partition_list_t* list) {
    was_given_ = true;
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        for (int at = 0; at < list->cnt; ++at) {
            list->elems[at].offset = RD_KAFKA_OFFSET_END;
        }
        drop(rd_kafka_incremental_assign(kafka, list));
        rd_kafka_pause_partitions(kafka, list);  // nothing is read this way
        const auto given = names_in(*list);
        assigned_.insert(assigned_.end(), given.begin(), given.end());
        sync_log().info("group gives group={} partitions={}", options_.group_id, given.size());
        events_.assigned(given);
    } else if (error == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
        const bool is_lost = rd_kafka_assignment_lost(kafka) != 0;
        drop(rd_kafka_incremental_unassign(kafka, list));
        const auto taken = names_in(*list);
        std::erase_if(assigned_, [&taken](const auto& one) {
            return std::ranges::find(taken, one) != taken.end();
        });
        sync_log().info("group takes away group={} partitions={} lost={}", options_.group_id,
                        taken.size(), is_lost);
        events_.revoked(taken);
    } else {
        say_trouble(rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)));
        rd_kafka_assign(kafka, nullptr);
    }
    events_.rebalanced();
}

/// Each once a minute, as long as it lasts.
void group_member::runner::say_trouble(const std::string& what) {
    const auto now = steady_clock::now();
    auto& said = troubles_[what];
    if (now - said > trouble_interval) {
        said = now;
        sync_log().warn("group is in trouble group={} reason=\"{}\"", options_.group_id, what);
    }
    if (troubles_.size() > 100) {
        troubles_.clear();
    }
}

group_member::group_member(group_member_options options, group_events events)
    : runner_{std::make_unique<runner>(std::move(options), std::move(events))} {}

group_member::~group_member() {
    stop();
}

void group_member::start() {
    runner_->start();
}

void group_member::join() {
    runner_->join();
}

void group_member::leave() {
    runner_->leave();
}

void group_member::stop() {
    runner_->stop();
}

}  // namespace bkes::sync
