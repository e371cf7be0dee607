// Shared ownership: from what the group says to a tenure and out of it, and what is asked of the
// owner meanwhile.

#include "sync/partition/partition_log.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace bkes::sync {

std::unique_ptr<sequencer> partition_log::make_sequencer() {
    return std::make_unique<sequencer>(
        sequencer_options{.partition = partition_,
                          .in_flight_batches_max = produce_lane::requests_max},
        heads_, claims_);
}

std::shared_ptr<appender> partition_log::make_appender() {
    const auto& options = around_.options;
    return std::make_shared<appender>(
        lanes_, around_.probe, around_.view, static_cast<appender_events&>(*this),
        appender::options{
            .topic = topic_,
            .partition = partition_,
            .client_id = options.access.client_id,
            .keep_alive = options.keep_alive,
            .security = options.access.security,
            .fencing = {.producer_expiry = options.producer_expiry, .lease = options.lease},
            .now = around_.now});
}

void partition_log::assigned() {
    boost::asio::post(context_, [self = shared_from_this()] {
        self->assignment_.assigned();
        self->begin_tenure();
    });
}

void partition_log::revoked() {
    boost::asio::post(
        context_, [self = shared_from_this()] { self->assignment_.revoked(self->around_.now()); });
}

void partition_log::seen_as_ours(boot_clock::time_point asked_at) {
    boost::asio::post(context_, [self = shared_from_this(), asked_at] {
        self->assignment_.seen_as_ours(asked_at);
        self->begin_tenure();
    });
}

void partition_log::owner_changed() {
    boost::asio::post(context_, [self = shared_from_this()] { self->publish_state(); });
}

void partition_log::begin_tenure() {
    if (is_stopped_ || stopped_ || !tenure_.begin(assignment_)) {
        return;
    }
    end_rest();
    around_.others->ours(context_, topic_, partition_);
    begin_to_append();
    suspend_or_resume();
}

/// If all that was under way in it is decided.
void partition_log::end_tenure() {
    if (!tenure_.end(sequencer_->counts())) {
        if (tenure_.decides_itself(assignment_)) {
            appender_->take_over_again();
        }
        return;
    }
    appender_->stop();
    appender_ = make_appender();
    sequencer_ = make_sequencer();
    sent_.clear();
    unsettled_.clear();
    tell_settled();
    is_lost_ = is_appending_ = is_open_ = false;
    suspend_or_resume();
    begin_tenure();
}

void partition_log::begin_to_append() {
    const bool is_owner = around_.options.role == topics_role::owner && tenure_.is_held();
    if (is_owner && tail_->is_caught_up() && !std::exchange(is_appending_, true)) {
        appender_->start(index_.position().topic_id);
    }
}

void partition_log::arrive() {
    if (!has_arrived_.exchange(true)) {
        publish_state();
        gate_.arrive();
        around_.state_changed();
    }
}

/// If a read waits for what the owner says, and he isn't being asked.
void partition_log::ask_owner() {
    is_look_posted_ = false;
    if (is_stopped_ || is_serving() ||
        !followed_.next_question(std::chrono::steady_clock::now(), reach())) {
        return;
    }
    end_rest();
    around_.others->ask_position(context_, topic_, partition_,
                                 [self = shared_from_this()](std::optional<log_reach> said) {
                                     self->followed_.answered(said);
                                     if (!said || self->is_stopped_) {
                                         return;  // asked again at the next tick
                                     }
                                     self->was_told_to_follow_ = false;
                                     self->tell_followers();
                                     if (!self->was_told_to_follow_) {
                                         self->tail_->want(said->next_offset);
                                     }
                                     self->ask_owner();
                                 });
}

/// Those who follow the log may see it before its end is known here.
void partition_log::batch_leaves(const send_batch& batch) {
    if (around_.others == nullptr) {
        return;
    }
    std::vector<unsettled_batches::slot> keys;
    for (const auto id : batch.appends) {
        for (const auto& event : pending_.find(id)->batch->events) {
            if (event.key) {
                keys.push_back(unsettled_batches::slot_of(*event.key));
            }
        }
    }
    unsettled_.sent(batch.id, std::move(keys), std::chrono::steady_clock::now());
}

void partition_log::tell_settled() {
    if (is_settling_awaited_.exchange(false)) {
        around_.state_changed();
    }
}

/// Perhaps the store is as far as the owner said.
void partition_log::tell_followers() {
    if (around_.others == nullptr) {
        return;
    }
    followed_until_ = followed_.answers(reach());
    if (!was_told_to_follow_ && followed_until_.load() != read_moment::min()) {
        was_told_to_follow_ = true;
        around_.state_changed();
    }
}

}  // namespace bkes::sync
