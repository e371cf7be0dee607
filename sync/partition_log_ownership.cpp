// Taking over, proving it, and losing it; and what waits for a proof.

#include "sync/answer_text.hpp"
#include "sync/identity.hpp"
#include "sync/partition_log.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace bkes::sync {

using std::chrono::steady_clock;

/// Nothing of an older epoch comes after the barrier. A predecessor may still answer reads until
/// its lease is over, unless there was none: a new transactional id, and an empty log.
void partition_log::barrier_written(const producer_identity& owner) {
    if (!serve_from_) {
        const bool is_first =
            owner.epoch == producer_epoch{0} && index_.position().next_offset == log_offset{0};
        const auto now = boot_clock::now();
        serve_from_ = is_first ? now : now + lease_.length();
        spdlog::info("took over topic={} partition={} producer={} epoch={}", topic_,
                     partition_.value(), owner.producer.value(), owner.epoch.value());
    }
    barrier_ = owner;
    tail_->read_to_end();
    settle_by_log();
    flush_actions();
}

/// Markers of our own transactional id: our barriers, and those of whoever takes over from us.
void partition_log::look_for_markers(const fetched_log& log) {
    const auto& ours = appender_->owner();
    if (!ours) {
        return;
    }
    for (const auto& batch : log.batches) {
        const auto& header = batch.content.header;
        if (!header.is_control() || header.producer != ours->producer) {
            continue;
        }
        newest_marker_ = producer_identity{.producer = header.producer, .epoch = header.epoch};
        if (header.epoch > ours->epoch) {
            appender_->prove();
        }
    }
}

/// The store holds the log up to the barrier: what of an older epoch isn't in it will never be.
void partition_log::settle_by_log() {
    const bool is_read = barrier_ && newest_marker_ &&
                         newest_marker_->producer == barrier_->producer &&
                         newest_marker_->epoch >= barrier_->epoch;
    if (!is_read) {
        return;
    }
    barrier_.reset();
    nothing_is_written();
    if (!is_lost_) {
        appender_->barrier_read();
    }
}

/// Of what is under way.
void partition_log::nothing_is_written() {
    for (const auto id : appender_->in_flight()) {
        sent_.erase(id);
        appender_->decided(id);
        sequencer_.not_written(id);
    }
}

void partition_log::begin_to_serve() {
    if (!has_arrived_ && appender_->is_ready() && boot_clock::now() >= *serve_from_) {
        has_arrived_ = true;
        publish_state();
        gate_.arrive();
        around_.state_changed();
    }
    if (!is_open_ && is_serving()) {
        update_gate();
    }
}

void partition_log::ownership_lost(const std::optional<producer_identity>& ours) {
    is_lost_ = true;
    spdlog::warn(
        "another instance owns the partition now, this one goes on as a proxy only until it is "
        "started again topic={} partition={} producer={} epoch={}",
        topic_, partition_.value(), ours ? ours->producer.value() : -1,
        ours ? ours->epoch.value() : -1);
    sequencer_.close(close_reason::fenced);
    if (ours) {
        barrier_ =
            producer_identity{.producer = ours->producer, .epoch = identity::fenced_from(*ours)};
        tail_->read_to_end();
    }
    answer_unproven();
    settle_by_log();
    update_gate();
    flush_actions();
}

void partition_log::ownership_proven(boot_clock::time_point asked_at) {
    lease_.proven(asked_at);
    if (!lease_.is_valid()) {
        return;
    }
    if (is_proof_wanted_.exchange(false)) {
        around_.state_changed();
    }
    answer_unproven();
    outbox_.flush();
}

std::optional<wait_result> partition_log::readable() const {
    if (state_ == partition_state::not_owner) {
        return wait_result::not_owner;
    }
    const bool is_ours =
        around_.options.role == topics_role::follower || (is_serving() && lease_.is_valid());
    return is_readable_ && is_ours ? std::optional{wait_result::reached} : std::nullopt;
}

void partition_log::want_proof() {
    const auto soon = boot_clock::now() + lease_.length() / 2;
    if (is_serving() && !lease_.is_valid(soon) && !is_proof_wanted_.exchange(true)) {
        boost::asio::post(context_, [self = shared_from_this()] { self->ask_for_proof(); });
    }
}

void partition_log::ask_for_proof() {
    const auto& ours = appender_->owner();
    if (is_asking_for_proof_ || is_lost_ || is_stopped_ || !ours) {
        return;
    }
    is_asking_for_proof_ = true;
    around_.probe->ask(
        {.topic = topic_,
         .partition = partition_,
         .held = *ours,
         .done = [self = shared_from_this()](probe_finding found, boot_clock::time_point asked_at) {
             boost::asio::post(self->context_, [self, found, asked_at] {
                 self->is_asking_for_proof_ = false;
                 if (found == probe_finding::owned) {
                     self->ownership_proven(asked_at);
                 } else if (found == probe_finding::doubtful) {
                     self->appender_->prove();
                 }
             });
         }});
}

/// A conflict may be one only in the eyes of an owner that was paused and is none any more.
void partition_log::answer_when_proven(append_reply reply, append_answer answer) {
    if (lease_.is_valid()) {
        outbox_.add(std::move(reply), std::move(answer));
        return;
    }
    unproven_.push_back(
        {std::move(reply), std::move(answer), steady_clock::now() + around_.options.hold_ms});
    is_proof_wanted_ = true;
    ask_for_proof();
}

void partition_log::give_up_unproven() {
    for (auto& waiting : unproven_) {
        waiting.hold_until = time_point::min();
    }
    answer_unproven();
}

void partition_log::answer_unproven() {
    if (unproven_.empty()) {
        return;
    }
    const bool is_proven = lease_.is_valid() && !is_lost_;
    const auto now = steady_clock::now();
    std::erase_if(unproven_, [&](unproven_answer& waiting) {
        if (!is_proven && !is_lost_ && now < waiting.hold_until) {
            return false;
        }
        if (!is_proven) {
            waiting.answer = answer_for_client(
                {.outcome = is_lost_ ? append_outcome::not_owner : append_outcome::not_ready},
                partition_);
        }
        outbox_.add(std::move(waiting.reply), std::move(waiting.answer));
        return true;
    });
}

}  // namespace bkes::sync
