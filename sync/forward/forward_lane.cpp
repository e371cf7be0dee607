#include "sync/forward/forward_lane.hpp"

#include "protocol/kafka_error.hpp"
#include "sync/forward/forward_outcomes.hpp"
#include "sync/types/log.hpp"
#include "sync/types/printable.hpp"
#include "sync/types/random_id.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// So long the last request waits for outcomes.
constexpr auto outcome_wait = 1s;
constexpr auto answer_timeout = outcome_wait + 10s;
constexpr std::size_t requests_max = 3;
constexpr std::size_t forward_bytes_max = std::size_t{4} << 20U;
constexpr std::size_t forward_entries_max = 5'000;
constexpr auto reconnect_min = 20ms;
constexpr std::chrono::milliseconds reconnect_max = 500ms;
/// After its deadline, for an answer that is on its way.
constexpr auto deadline_grace = 1s;
/// A question that nobody answered is asked anew by whoever needs it.
constexpr auto question_max = 5s;

std::int32_t left_until(steady_clock::time_point end, steady_clock::time_point now) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now).count();
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

forward_lane::forward_lane(boost::asio::io_context& context, broker_link_options to,
                           std::string instance, forward_lane_events& events)
    : context_{context},
      to_{std::move(to)},
      instance_{std::move(instance)},
      events_{events},
      own_id_{random_id()},
      retry_{context} {}

void forward_lane::add(forwarded_append append) {
    appends_.emplace(next_id_++, unheard_append{.what = std::move(append)});
    ++queued_;
    send_soon();
}

void forward_lane::ask_position(std::string topic, partition_id partition, reach_handler done) {
    positions_.emplace(next_id_++, unheard_question{.topic = std::move(topic),
                                                    .partition = partition,
                                                    .done = std::move(done)});
    ++queued_;
    send_soon();
}

/// What comes in one turn of the thread goes as one.
void forward_lane::send_soon() {
    if (!std::exchange(is_send_posted_, true)) {
        boost::asio::post(context_, [self = shared_from_this()] {
            self->is_send_posted_ = false;
            self->send_more();
        });
    }
}

void forward_lane::send_more() {
    if (is_stopped_) {
        return;
    }
    if (!link_) {
        connect();
        return;
    }
    if (!link_->is_open()) {
        return;
    }
    while (queued_ > 0 && under_way_ < requests_max) {
        send_request();
    }
    if (under_way_ == 0 && !is_empty()) {
        send_request();  // for the outcomes that are missing
    }
}

void forward_lane::send_request() {
    const auto now = steady_clock::now();
    const auto number = next_request_++;
    const auto heard_up_to = appends_.empty() ? next_id_ - 1 : appends_.begin()->first - 1;
    protocol::forward_request request{
        .forwarder = own_id_,
        .owner_instance = instance_,
        .heard_up_to = heard_up_to,
        .heard = std::exchange(heard_, {}),
        .max_wait_ms = static_cast<std::int32_t>(std::chrono::milliseconds{outcome_wait}.count())};
    std::size_t size = 0;
    for (auto& [id, one] : appends_) {
        if (!one.is_queued) {
            continue;
        }
        if (size > forward_bytes_max || request.appends.size() >= forward_entries_max) {
            break;
        }
        size += one.what.job.records.size();
        request.appends.push_back({.id = id,
                                   .topic = one.what.topic,
                                   .partition = one.what.partition.value(),
                                   .deadline_ms = left_until(one.what.job.deadline, now),
                                   .is_redirected = one.what.job.is_redirected,
                                   .client = one.what.job.client,
                                   .records = one.what.job.records});
        one.is_queued = false;
        one.first_sent = one.first_sent.value_or(number);
        --queued_;
    }
    for (auto& [id, one] : positions_) {
        if (std::exchange(one.is_queued, false)) {
            request.positions.push_back({.id = id,
                                         .topic = one.topic,
                                         .partition = one.partition.value(),
                                         .max_wait_ms = static_cast<std::int32_t>(
                                             std::chrono::milliseconds{outcome_wait}.count())});
            --queued_;
        }
    }
    ++under_way_;
    link_->call<protocol::forward_response>(
        request, 0, answer_timeout,
        [weak = weak_from_this(), link = std::weak_ptr{link_},
         number](const result<protocol::forward_response>& response) {
            const auto self = weak.lock();
            if (self && self->link_ && self->link_ == link.lock()) {
                self->heard(number, response);
            }
        });
}

void forward_lane::heard(request_number number,
                         const result<protocol::forward_response>& response) {
    if (!response) {
        connection_ended();
        return;
    }
    --under_way_;
    failures_ = 0;
    if (response->error_code != 0) {
        refused(number, response->error_code, response->error_message.value_or(bytes_view{}));
        return;
    }
    for (const auto& outcome : response->outcomes) {
        heard_.push_back(outcome.id);
        auto found = appends_.extract(outcome.id);
        if (found.empty()) {
            continue;  // it was given up
        }
        auto answer = answer_of(outcome);
        if (answer.outcome == append_result::not_owner) {
            events_.doubted(instance_);
            events_.returned(std::move(found.mapped().what));
        } else {
            events_.answered(std::move(found.mapped().what), std::move(answer));
        }
    }
    for (const auto& said : response->positions) {
        auto found = positions_.extract(said.id);
        if (!found.empty()) {
            const bool is_known = said.error_code == 0;
            if (!is_known) {
                events_.doubted(instance_);
            }
            found.mapped().done(
                is_known ? std::optional{log_reach{.next_offset = log_offset{said.next_offset},
                                                   .epoch = leader_epoch{said.leader_epoch}}}
                         : std::nullopt);
        }
    }
    send_more();
}

/// Nothing of that request was done over there. What an earlier one began is unknown, unless it is
/// the same process that refuses.
void forward_lane::refused(request_number number, std::int16_t error_code, bytes_view text) {
    sync_log().warn("owner refuses what is forwarded to it instance={} reason={} text=\"{}\"",
                    instance_, protocol::name_of(static_cast<protocol::kafka_error>(error_code)),
                    printable(text, shown_of_a_sentence));
    auto undone = take_out([number](const unheard_append& one) {
        return one.first_sent && *one.first_sent >= number;
    });
    events_.doubted(instance_);
    for (auto& one : undone) {
        events_.returned(std::move(one.what));
    }
    const auto reason = static_cast<protocol::kafka_error>(error_code);
    if (reason == protocol::kafka_error::not_leader_or_follower) {
        give_up();  // another process has that address now
    }
    fail_questions();
    retry_later();  // for what earlier ones began, if nothing else asks for it
}

void forward_lane::fail_questions() {
    for (auto& [id, one] : std::exchange(positions_, {})) {
        if (one.is_queued) {
            --queued_;
        }
        one.done(std::nullopt);
    }
}

void forward_lane::connect() {
    link_ = std::make_shared<broker_link>(context_, to_);
    link_->open([weak = weak_from_this(), link = link_](std::error_code error) {
        const auto self = weak.lock();
        if (!self || self->link_ != link) {
            return;
        }
        if (error) {
            sync_log().debug("owner can't be reached instance={} address={}:{} reason=\"{}\"",
                             self->instance_, self->to_.host, self->to_.port, error.message());
            if (error == std::errc::connection_refused &&
                std::exchange(self->was_reached_, false)) {
                self->events_.gone(self->instance_);
            }
            self->connection_ended();
            return;
        }
        self->was_reached_ = true;
        link->on_end([weak, link = std::weak_ptr{link}] {
            const auto lane = weak.lock();
            if (lane && lane->link_ && lane->link_ == link.lock()) {
                lane->connection_ended();
            }
        });
        self->send_more();
    });
}

void forward_lane::connection_ended() {
    if (const auto link = std::exchange(link_, nullptr)) {
        link->close();
    }
    under_way_ = 0;
    ++failures_;
    for (auto& [id, one] : appends_) {
        if (!std::exchange(one.is_queued, true)) {
            ++queued_;
        }
    }
    fail_questions();
    events_.doubted(instance_);
    retry_later();
}

void forward_lane::retry_later() {
    if (is_stopped_ || is_empty()) {
        return;
    }
    retry_.expires_after(std::min(reconnect_min * (1 << std::min(failures_, 6)), reconnect_max));
    retry_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->send_more();
        }
    });
}

std::vector<forward_lane::unheard_append> forward_lane::take_out(
    const std::function<bool(const unheard_append&)>& which) {
    std::vector<unheard_append> taken;
    for (auto at = appends_.begin(); at != appends_.end();) {
        if (!which(at->second)) {
            ++at;
            continue;
        }
        queued_ -= at->second.is_queued ? 1 : 0;
        taken.push_back(std::move(at->second));
        at = appends_.erase(at);
    }
    return taken;
}

void forward_lane::give_back_unsent(const std::function<bool(const forwarded_append&)>& keep) {
    auto given =
        take_out([&keep](const unheard_append& one) { return !one.first_sent && !keep(one.what); });
    for (auto& one : given) {
        events_.returned(std::move(one.what));
    }
}

void forward_lane::expire(steady_clock::time_point now) {
    auto over = take_out([now](const unheard_append& one) {
        if (!one.first_sent) {
            return now > one.what.hold_until;
        }
        return !one.what.job.is_redirected && now > one.what.job.deadline + deadline_grace;
    });
    let_go(std::move(over));
    const bool is_deaf = std::ranges::any_of(positions_, [now](const auto& entry) {
        return now - entry.second.asked_at > question_max;
    });
    if (is_deaf) {
        fail_questions();
    }
}

void forward_lane::give_up_if_cut_off() {
    if (!link_ || !link_->is_open()) {
        give_up();
    }
}

void forward_lane::give_up() {
    let_go(take_out([](const unheard_append& /*each*/) { return true; }));
    fail_questions();
}

void forward_lane::let_go(std::vector<unheard_append> appends) {
    for (auto& one : appends) {
        if (one.first_sent) {
            events_.unknown(std::move(one.what));
        } else {
            events_.returned(std::move(one.what));
        }
    }
}

void forward_lane::stop() {
    is_stopped_ = true;
    retry_.cancel();
    if (const auto link = std::exchange(link_, nullptr)) {
        link->close();
    }
    give_up();
}

}  // namespace bkes::sync
