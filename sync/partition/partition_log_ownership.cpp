// Serving as the owner, proving it, and losing it; and what waits for a proof.

#include "sync/append/answer_text.hpp"
#include "sync/partition/partition_log.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

using std::chrono::steady_clock;

void partition_log::took_over() {
    counts_.take_overs.add();
    const auto& owner = *appender_->owner();
    sync_log().info("took over topic={} partition={} producer={} epoch={}", topic_,
                    partition_.value(), owner.producer.value(), owner.epoch.value());
}

void partition_log::begin_to_serve() {
    if (!has_taken_over_ && tenure_.is_held() && appender_->may_write()) {
        has_taken_over_ = true;
        arrive();
        around_.state_changed();
    }
    if (!is_open_ && is_serving()) {
        suspend_or_resume();
    }
}

void partition_log::ownership_lost() {
    is_lost_ = true;
    const auto& ours = appender_->owner();
    if (around_.others == nullptr) {
        sync_log().warn(
            "another instance owns the partition now, this one goes on as a proxy only until it is "
            "started again topic={} partition={} producer={} epoch={}",
            topic_, partition_.value(), ours ? ours->producer.value() : -1,
            ours ? ours->epoch.value() : -1);
    } else {
        sync_log().info("handed over topic={} partition={}", topic_, partition_.value());
        tenure_.lost();
        has_taken_over_ = false;
        assignment_.lost(around_.now());
    }
    sequencer_->close(close_reason::fenced);
    answer_unproven();
    suspend_or_resume();
    flush_actions();
}

void partition_log::ownership_proven(boot_clock::time_point asked_at) {
    lease_.proven(asked_at);
    if (!lease_.is_valid(around_.now())) {
        return;
    }
    if (is_proof_wanted_.exchange(false)) {
        around_.state_changed();
    }
    answer_unproven();
    outbox_.flush();
}

std::optional<read_grant> partition_log::readable(std::optional<bytes_view> key) const {
    if (state_ == partition_state::not_owner) {
        return read_grant{.result = wait_result::not_owner};
    }
    if (!is_readable_) {
        return std::nullopt;
    }
    if (around_.options.role == topics_role::reader) {
        return read_grant{};
    }
    if (is_serving() && lease_.is_valid(around_.now())) {
        const bool is_key_settled = key && !unsettled_.may_hold(*key);
        return read_grant{.began_until =
                              is_key_settled ? read_moment::max() : unsettled_.settled_until()};
    }
    return is_following() ? std::optional{read_grant{.began_until = followed_until_}}
                          : std::nullopt;
}

void partition_log::want_proof(read_moment began) {
    if (around_.others != nullptr && !is_serving()) {
        if (followed_.want(began) && !is_look_posted_.exchange(true)) {
            boost::asio::post(context_, [self = shared_from_this()] { self->ask_owner(); });
        }
        return;
    }
    if (began > unsettled_.settled_until()) {
        is_settling_awaited_ = true;
    }
    const auto soon = around_.now() + lease_.length() / 2;
    if (is_serving() && !lease_.is_valid(soon) && !is_proof_wanted_.exchange(true)) {
        boost::asio::post(context_, [self = shared_from_this()] {
            self->appender_->want_proof();
            self->end_rest();
        });
    }
}

/// A conflict may be one only in the eyes of an owner that was paused and is none any more. With its
/// records it can be given to whoever is, as far as there is memory for them.
void partition_log::answer_when_proven(unanswered_append& judged, append_answer answer) {
    if (lease_.is_valid(around_.now())) {
        outbox_.add(std::move(judged.reply), std::move(answer));
        return;
    }
    if (around_.others == nullptr || judged.reply.is_forwarded ||
        unproven_bytes_ > sequencer_options{}.waiting_bytes_max) {
        judged.batch = nullptr;
    }
    unproven_bytes_ += judged.batch ? judged.batch->memory_bytes() : 0;
    unproven_.push_back(
        {std::move(judged), std::move(answer), steady_clock::now() + around_.options.hold_ms});
    counts_.of(hold_cause::proof).add();
    is_proof_wanted_ = true;
    appender_->want_proof();
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
    const bool is_proven = lease_.is_valid(around_.now()) && !is_lost_;
    const auto now = steady_clock::now();
    std::erase_if(unproven_, [&](unproven_answer& waiting) {
        if (!is_proven && !is_lost_ && now < waiting.hold_until) {
            return false;
        }
        unproven_bytes_ -= waiting.judged.batch ? waiting.judged.batch->memory_bytes() : 0;
        if (is_proven) {
            outbox_.add(std::move(waiting.judged.reply), std::move(waiting.answer));
        } else if (is_lost_) {
            answer_not_owner(waiting.judged);
        } else {
            outbox_.add(std::move(waiting.judged.reply),
                        answer_for_client({.outcome = append_outcome::not_ready}, partition_));
        }
        return true;
    });
    counts_.waiting.set(sequencer_->counts().waiting_appends + unproven_.size());
}

}  // namespace bkes::sync
