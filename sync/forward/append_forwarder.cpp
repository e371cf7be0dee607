#include "sync/forward/append_forwarder.hpp"

#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto tick_interval = 50ms;

append_answer unwritten(append_result outcome, const char* text) {
    append_answer answer;
    answer.outcome = outcome;
    answer.text = text;
    return answer;
}

}  // namespace

append_forwarder::append_forwarder(boost::asio::io_context& context, options settings)
    : context_{context}, settings_{std::move(settings)}, timer_{context} {}

void append_forwarder::forward(bytes_view topic, partition_id partition, append_job job) {
    const auto held_until = job.is_redirected
                                ? job.deadline
                                : std::min(job.deadline, steady_clock::now() + settings_.hold);
    forwarded_append append{.topic = std::string{topic},
                            .partition = partition,
                            .job = std::move(job),
                            .arrival = ++arrivals_,
                            .hold_until = held_until};
    // Behind those for the same partition that came before.
    const bool is_first = std::ranges::none_of(waiting_, [&](const forwarded_append& one) {
        return one.partition == partition && one.topic == append.topic;
    });
    const auto lane = is_first ? lane_to_owner(append.topic, partition) : nullptr;
    if (lane) {
        lane->add(std::move(append));
    } else {
        waiting_.push_back(std::move(append));
    }
    tick_later();
}

void append_forwarder::ask_position(bytes_view topic, partition_id partition, reach_handler done) {
    if (const auto lane = lane_to_owner(std::string{topic}, partition)) {
        lane->ask_position(std::string{topic}, partition, std::move(done));
        tick_later();
        return;
    }
    settings_.look_now();
    boost::asio::post(context_, [done = std::move(done)]() mutable { done(std::nullopt); });
}

std::shared_ptr<forward_lane> append_forwarder::lane_to_owner(const std::string& topic,
                                                              partition_id partition) {
    const auto view = settings_.view();
    const auto* const owner = view ? view->owner_of(topic, partition) : nullptr;
    if (is_stopped_ || owner == nullptr || owner->name.instance == settings_.own_instance) {
        return nullptr;
    }
    const auto& name = owner->name;
    const auto known =
        std::ranges::find(lanes_, name.instance, [](const auto& lane) { return lane->instance(); });
    if (known != lanes_.end()) {
        return *known;
    }
    return lanes_.emplace_back(std::make_shared<forward_lane>(
        context_,
        broker_link_options{.host = name.host,
                            .port = name.port,
                            .client_id = settings_.access.client_id + "-forward",
                            .security = settings_.access.security},
        name.instance, static_cast<forward_lane_events&>(*this)));
}

void append_forwarder::ours(bytes_view topic, partition_id partition) {
    std::vector<forwarded_append> for_us;
    std::erase_if(waiting_, [&](forwarded_append& one) {
        if (one.partition != partition || one.topic != topic) {
            return false;
        }
        for_us.push_back(std::move(one));
        return true;
    });
    for (auto& one : for_us) {
        settings_.local(one.topic, one.partition, std::move(one.job));
    }
}

void append_forwarder::view_changed() {
    if (!is_view_posted_.exchange(true)) {
        boost::asio::post(context_, [self = shared_from_this()] {
            self->is_view_posted_ = false;
            self->look_after_lanes();
            self->give_out_waiting();
        });
    }
}

/// Of processes that are gone nothing more is heard, and what others were not sent yet goes to whom
/// it belongs to now.
void append_forwarder::look_after_lanes() {
    const auto view = settings_.view();
    if (!view) {
        return;
    }
    const auto lanes = lanes_;
    for (const auto& lane : lanes) {
        lane->give_back_unsent([&](const forwarded_append& append) {
            const auto* const owner = view->owner_of(append.topic, append.partition);
            return owner != nullptr && owner->name.instance == lane->instance();
        });
        if (!view->has_member(lane->instance())) {
            lane->give_up_if_cut_off();
        }
    }
    std::erase_if(lanes_, [&](const auto& lane) {
        const bool is_over = lane->is_empty() && !view->has_member(lane->instance());
        if (is_over) {
            lane->stop();
        }
        return is_over;
    });
}

void append_forwarder::give_out_waiting() {
    const auto now = steady_clock::now();
    std::ranges::sort(waiting_, {}, &forwarded_append::arrival);
    for (auto& append : std::exchange(waiting_, {})) {
        if (append.job.session_can_go && append.job.session.expired()) {
            continue;
        }
        if (now > append.hold_until) {
            deliver(append.job, unwritten(append_result::not_ready,
                                          "bkes: no instance owns the partition yet, nothing was "
                                          "written"));
        } else if (const auto lane = lane_to_owner(append.topic, append.partition)) {
            lane->add(std::move(append));
        } else {
            waiting_.push_back(std::move(append));
        }
    }
}

void append_forwarder::tick_later() {
    if (is_stopped_ || std::exchange(is_ticking_, true)) {
        return;
    }
    timer_.expires_after(tick_interval);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->is_ticking_ = false;
            self->tick();
        }
    });
}

void append_forwarder::tick() {
    const auto now = steady_clock::now();
    const auto lanes = lanes_;
    for (const auto& lane : lanes) {
        lane->expire(now);
    }
    if (!waiting_.empty()) {
        settings_.look_now();
        give_out_waiting();
    }
    const bool has_work = !waiting_.empty() || std::ranges::any_of(lanes_, [](const auto& lane) {
        return !lane->is_empty();
    });
    if (has_work) {
        tick_later();
    }
}

void append_forwarder::answered(forwarded_append append, append_answer answer) {
    deliver(append.job, std::move(answer));
}

/// It is tried again when the group has been looked at, or a little later.
void append_forwarder::returned(forwarded_append append) {
    waiting_.push_back(std::move(append));
    tick_later();
}

void append_forwarder::unknown(forwarded_append append) {
    deliver(append.job,
            unwritten(append_result::timed_out,
                      "bkes: sent to its owner, which was lost: not known to be written"));
}

void append_forwarder::doubted(const std::string& /*instance*/) {
    settings_.look_now();
    tick_later();
}

void append_forwarder::gone(const std::string& instance) {
    settings_.is_gone(instance);
}

void append_forwarder::deliver(append_job& job, append_answer answer) {
    if (!job.done || (job.session_can_go && job.session.expired())) {
        return;
    }
    boost::asio::post(*job.answer_on, [done = std::move(job.done), session = job.session,
                                       can_go = job.session_can_go, client = std::move(job.client),
                                       answer = std::move(answer)]() mutable {
        if (can_go && session.expired()) {
            return;
        }
        try {
            done(std::move(answer));
        } catch (const std::exception& thrown) {
            sync_log().error("answer to an append is lost client={} reason=\"{}\"", client,
                             thrown.what());
        }
    });
}

void append_forwarder::stop() {
    is_stopped_ = true;
    timer_.cancel();
    for (const auto& lane : std::exchange(lanes_, {})) {
        lane->stop();  // what it returns waits then
    }
    for (auto& append : std::exchange(waiting_, {})) {
        deliver(append.job,
                unwritten(append_result::stopped, "bkes: the instance stops, nothing was written"));
    }
}

}  // namespace bkes::sync
