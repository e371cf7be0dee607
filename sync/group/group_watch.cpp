#include "sync/group/group_watch.hpp"

#include "protocol/kafka_error.hpp"
#include "protocol/messages/leave_group.hpp"
#include "sync/group/group_questions.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using protocol::kafka_error;
using std::chrono::steady_clock;

/// While it rebalances, or is empty.
constexpr std::chrono::milliseconds look_each_unsettled = 500ms;
constexpr std::chrono::milliseconds look_soonest = 50ms;
constexpr auto look_again = 100ms;
/// From 3 on it may be about others.
constexpr protocol::version_range leave_group_versions{.min = 3, .max = 5};

/// What its members are assigned isn't shown while it rebalances.
bool is_stable(const described_group& group) {
    return group.group_state == "Stable" || group.group_state == "Empty" ||
           group.group_state == "Dead";
}

}  // namespace

group_watch::group_watch(boost::asio::io_context& context, const cluster_view& view,
                         options settings,
                         std::function<void(std::shared_ptr<const group_view>)> seen)
    : context_{context},
      view_{view},
      settings_{std::move(settings)},
      seen_{std::move(seen)},
      timer_{context} {}

void group_watch::start() {
    boost::asio::post(context_, [self = shared_from_this()] { self->look(); });
}

void group_watch::look_now() {
    if (!is_wanted_.exchange(true)) {
        boost::asio::post(context_, [self = shared_from_this()] {
            const auto since = steady_clock::now() - self->looked_at_;
            if (!self->is_looking_) {
                self->look_later(std::max<std::chrono::milliseconds>(
                    std::chrono::duration_cast<std::chrono::milliseconds>(look_soonest - since),
                    0ms));
            }
        });
    }
}

void group_watch::look_later(std::chrono::milliseconds pause) {
    if (is_stopped_) {
        return;
    }
    timer_.expires_after(pause);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
        if (!cancelled) {
            self->look();
        }
    });
}

void group_watch::look() {
    if (is_stopped_ || std::exchange(is_looking_, true)) {
        return;
    }
    is_wanted_ = false;
    looked_at_ = steady_clock::now();
    if (coordinator_ && coordinator_->is_open()) {
        describe();
    } else {
        find_coordinator();
    }
}

std::shared_ptr<broker_link> group_watch::link_to(std::string host, std::uint16_t port) const {
    return std::make_shared<broker_link>(
        context_, broker_link_options{.host = std::move(host),
                                      .port = port,
                                      .client_id = settings_.access.client_id + "-group",
                                      .security = settings_.access.security});
}

void group_watch::close_links() {
    for (auto* const link : {&any_broker_, &coordinator_}) {
        if (const auto closed = std::exchange(*link, nullptr)) {
            closed->close();
        }
    }
}

/// From one broker after the other.
void group_watch::find_coordinator() {
    const auto snapshot = view_.snapshot();
    if (snapshot->brokers.empty()) {
        return failed();
    }
    const auto& broker = snapshot->brokers[next_broker_++ % snapshot->brokers.size()];
    any_broker_ = link_to(broker.host, broker.port);
    any_broker_->open([self = shared_from_this(), link = any_broker_](std::error_code error) {
        if (self->is_stopped_ || error) {
            return self->failed();
        }
        link->call_latest<protocol::find_coordinator_response>(
            who_coordinates(self->settings_.group_id), group_coordinator_versions,
            small_answer_timeout, [self](const result<protocol::find_coordinator_response>& found) {
                if (self->is_stopped_ || !found) {
                    self->failed();
                } else if (found->error_code != 0) {
                    self->refused(found->error_code);
                } else {
                    self->connect(std::string{found->host},
                                  static_cast<std::uint16_t>(found->port));
                }
            });
    });
}

void group_watch::connect(const std::string& host, std::uint16_t port) {
    std::exchange(any_broker_, nullptr)->close();
    coordinator_ = link_to(host, port);
    coordinator_->open([self = shared_from_this()](std::error_code error) {
        if (self->is_stopped_ || error) {
            self->failed();
        } else {
            self->describe();
        }
    });
}

void group_watch::describe() {
    coordinator_->call_latest<protocol::describe_groups_response>(
        who_is_in(settings_.group_id), describe_groups_versions, small_answer_timeout,
        [self = shared_from_this(),
         asked_at = boot_clock::now()](const result<protocol::describe_groups_response>& answer) {
            self->described(answer, asked_at);
        });
}

void group_watch::described(const result<protocol::describe_groups_response>& answer,
                            boot_clock::time_point asked_at) {
    if (is_stopped_ || !answer || answer->groups.size() != 1) {
        return failed();
    }
    const auto& group = answer->groups.front();
    if (group.error_code != 0) {
        return refused(group.error_code);
    }
    was_refused_ = false;
    last_ = std::make_shared<const group_view>(asked_at, members_of(group), is_stable(group),
                                               last_.get());
    is_looking_ = false;
    const bool is_settled = last_->is_stable() && !last_->members().empty();
    look_later(is_wanted_ ? look_soonest : is_settled ? settings_.look_each : look_each_unsettled);
    seen_(last_);
}

void group_watch::refused(std::int16_t error_code) {
    const auto error = static_cast<kafka_error>(error_code);
    if (error == kafka_error::group_authorization_failed && !std::exchange(was_refused_, true)) {
        sync_log().warn("group may not be looked at group={} command=\"{}\"", settings_.group_id,
                        settings_.grant);
    }
    sync_log().debug("group can't be looked at now group={} reason={}", settings_.group_id,
                     protocol::name_of(error));
    failed();
}

/// What was seen last stays.
void group_watch::failed() {
    close_links();
    is_looking_ = false;
    look_later(look_again);
}

void group_watch::expel(const std::string& instance) {
    boost::asio::post(context_,
                      [self = shared_from_this(), instance] { self->make_leave(instance); });
}

void group_watch::make_leave(const std::string& instance) {
    if (!last_ || !coordinator_ || !coordinator_->is_open()) {
        return;
    }
    for (const auto& member : last_->members()) {
        if (member.name.instance != instance) {
            continue;
        }
        sync_log().info("instance is gone, the group need not wait for it group={} address={}",
                        settings_.group_id, address_of(member.name));
        protocol::leave_group_request request;
        request.group_id = settings_.group_id;
        request.members.push_back(
            {.member_id = member.member_id, .reason = bytes_view{"bkes: its process is gone"}});
        coordinator_->call_latest<protocol::leave_group_response>(
            request, leave_group_versions, small_answer_timeout,
            [self = shared_from_this()](const result<protocol::leave_group_response>& /*left*/) {
                self->look_now();
            });
    }
}

void group_watch::stop() {
    is_stopped_ = true;
    timer_.cancel();
    close_links();
}

}  // namespace bkes::sync
