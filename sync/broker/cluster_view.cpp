#include "sync/broker/cluster_view.hpp"

#include "protocol/messages/metadata.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto refresh_interval = 10s;
constexpr auto refresh_gather = 100ms;  ///< requests within it are one
/// Topic ids come with version 10; 13 says nothing that is needed here.
constexpr protocol::version_range metadata_versions{.min = 7, .max = 12};

cluster_snapshot read_metadata(const protocol::metadata_response& response) {
    cluster_snapshot snapshot;
    for (const auto& broker : response.brokers) {
        snapshot.brokers.push_back({.id = node_id{broker.node_id},
                                    .host = std::string{broker.host},
                                    .port = static_cast<std::uint16_t>(broker.port)});
    }
    for (const auto& topic : response.topics) {
        if (topic.error_code != 0 || !topic.name) {
            continue;
        }
        topic_view view{.name = std::string{*topic.name}, .id = topic.topic_id, .partitions = {}};
        for (const auto& partition : topic.partitions) {
            const auto index = static_cast<std::size_t>(partition.partition_index);
            if (partition.partition_index < 0 || index >= topic.partitions.size()) {
                continue;
            }
            view.partitions.resize(topic.partitions.size());
            view.partitions[index] = {.leader = node_id{partition.leader_id},
                                      .epoch = leader_epoch{partition.leader_epoch}};
        }
        snapshot.topics.push_back(std::move(view));
    }
    return snapshot;
}

}  // namespace

const broker_address* cluster_snapshot::broker(node_id id) const {
    const auto found = std::ranges::find(brokers, id, &broker_address::id);
    return found == brokers.end() ? nullptr : &*found;
}

const topic_view* cluster_snapshot::topic(bytes_view name) const {
    const auto found = std::ranges::find(topics, name, &topic_view::name);
    return found == topics.end() ? nullptr : &*found;
}

const broker_address* cluster_snapshot::leader_of(bytes_view topic_name,
                                                  partition_id partition) const {
    const auto* view = topic(topic_name);
    const auto index = static_cast<std::size_t>(partition.value());
    if (view == nullptr || index >= view->partitions.size()) {
        return nullptr;
    }
    return broker(view->partitions[index].leader);
}

leader_epoch cluster_snapshot::leader_epoch_of(bytes_view topic_name,
                                               partition_id partition) const {
    return topic(topic_name)->partitions[static_cast<std::size_t>(partition.value())].epoch;
}

class cluster_view::refresher : public std::enable_shared_from_this<cluster_view::refresher> {
  public:
    refresher(boost::asio::io_context& context, options settings)
        : context_{context}, settings_{std::move(settings)}, timer_{context} {}

    void start(std::chrono::milliseconds keep_alive) {
        keep_alive_ = keep_alive;
        post([](refresher& self) { self.ask_after(0ms); });
    }

    void stop() {
        post([](refresher& self) {
            self.is_stopped_ = true;
            self.timer_.cancel();
            self.drop_link();
        });
    }

    void refresh() {
        if (!is_wanted_.exchange(true)) {
            post([](refresher& self) { self.ask_after(refresh_gather); });
        }
    }

    std::shared_ptr<const cluster_snapshot> snapshot() const { return snapshot_.load(); }

    std::function<void(const cluster_snapshot&)> changed;
    std::function<void(broker_link&)> link_answered;

  private:
    template <class Action>
    void post(Action action) {
        boost::asio::post(context_, [self = shared_from_this(), action] { action(*self); });
    }

    void ask_after(std::chrono::milliseconds delay) {
        if (is_stopped_ || is_asking_) {
            return;
        }
        timer_.expires_after(delay);
        timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error && !self->is_stopped_ && !self->is_asking_) {
                self->is_asking_ = true;
                self->is_wanted_ = false;
                self->connect_and_ask();
            }
        });
    }

    void connect_and_ask() {
        if (link_ && link_->is_open()) {
            ask();
            return;
        }
        const auto target = next_target();
        link_ = std::make_shared<broker_link>(context_,
                                              broker_link_options{.host = target.host,
                                                                  .port = target.port,
                                                                  .client_id = settings_.client_id,
                                                                  .keep_alive = keep_alive_,
                                                                  .security = settings_.security});
        link_->open([self = shared_from_this(), target](std::error_code error) {
            if (self->is_stopped_) {
                return;
            }
            if (error) {
                self->failed(target, error);
                return;
            }
            self->target_ = target;
            self->ask();
        });
    }

    void ask() {
        protocol::metadata_request request;
        request.allow_auto_topic_creation = false;
        for (const auto& name : settings_.topics) {
            request.topics->emplace_back().name = name;
        }
        link_->call_latest<protocol::metadata_response>(
            request, metadata_versions, small_answer_timeout,
            [self = shared_from_this()](result<protocol::metadata_response> response) {
                if (self->is_stopped_) {
                    return;
                }
                if (!response) {
                    self->failed(self->target_, response.error());
                    return;
                }
                self->answered(*response);
            });
    }

    void answered(const protocol::metadata_response& response) {
        failures_ = 0;
        auto next = std::make_shared<const cluster_snapshot>(read_metadata(response));
        const auto before = snapshot_.load();
        for (const auto& broker : next->brokers) {
            if (before->broker(broker.id) == nullptr) {
                sync_log().debug("broker found broker={} address={}:{}", broker.id.value(),
                                 broker.host, broker.port);
            }
        }
        snapshot_.store(next);
        is_asking_ = false;
        if (changed) {
            changed(*next);
        }
        if (link_answered) {
            link_answered(*link_);
        }
        ask_after(is_wanted_ ? std::chrono::milliseconds{refresh_gather} : refresh_interval);
    }

    void failed(const broker_address& target, std::error_code error) {
        if (failures_++ == 0) {
            sync_log().warn("cluster metadata not available address={}:{} reason=\"{}\"",
                            target.host, target.port, error.message());
        }
        drop_link();
        is_asking_ = false;
        ask_after(std::min(100ms * failures_, std::chrono::milliseconds{1s}));
    }

    /// All known brokers in turn, then the bootstrap servers, and again.
    broker_address next_target() {
        const auto known = snapshot_.load();
        const auto index = turn_++ % (known->brokers.size() + settings_.bootstrap.size());
        return index < known->brokers.size() ? known->brokers[index]
                                             : settings_.bootstrap[index - known->brokers.size()];
    }

    void drop_link() {
        if (link_) {
            std::exchange(link_, nullptr)->close();
        }
    }

    boost::asio::io_context& context_;
    options settings_;
    std::chrono::milliseconds keep_alive_{0};  ///< set before anything runs
    boost::asio::steady_timer timer_;
    std::shared_ptr<broker_link> link_;
    broker_address target_;
    std::atomic<std::shared_ptr<const cluster_snapshot>> snapshot_{
        std::make_shared<const cluster_snapshot>()};
    std::atomic<bool> is_wanted_{false};
    bool is_asking_ = false;
    bool is_stopped_ = false;
    std::size_t turn_ = 0;
    int failures_ = 0;
};

cluster_view::cluster_view(boost::asio::io_context& context, options settings)
    : refresher_{std::make_shared<refresher>(context, std::move(settings))} {}

cluster_view::~cluster_view() = default;

void cluster_view::start(std::chrono::milliseconds keep_alive) {
    refresher_->start(keep_alive);
}

void cluster_view::stop() {
    refresher_->stop();
}

std::shared_ptr<const cluster_snapshot> cluster_view::snapshot() const {
    return refresher_->snapshot();
}

void cluster_view::refresh() {
    refresher_->refresh();
}

void cluster_view::on_change(std::function<void(const cluster_snapshot&)> changed) {
    refresher_->changed = std::move(changed);
}

void cluster_view::on_answer(std::function<void(broker_link&)> answered) {
    refresher_->link_answered = std::move(answered);
}

}  // namespace bkes::sync
