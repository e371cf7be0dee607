// The clients' side of a partition: appends in, batches to the appender, answers out.

#include "protocol/kafka_error.hpp"
#include "sync/append/answer_text.hpp"
#include "sync/partition/partition_log.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

/// Many appends and keys from many threads wake the partition once.
template <class Put>
void partition_log::into_inbox(Put put) {
    {
        const std::lock_guard lock{inbox_mutex_};
        put();
        if (std::exchange(is_drain_posted_, true)) {
            return;
        }
    }
    boost::asio::post(context_, [self = shared_from_this()] { self->drain_inbox(); });
}

void partition_log::append(append_job job) {
    into_inbox([&] { inbox_.push_back(std::move(job)); });
}

void partition_log::head_changed(bytes_view key) {
    into_inbox([&] { changed_keys_.emplace_back(key); });
}

void partition_log::drain_inbox() {
    std::vector<bytes> changed;
    {
        const std::lock_guard lock{inbox_mutex_};
        std::swap(drained_, inbox_);
        std::swap(changed, changed_keys_);
        is_drain_posted_ = false;
    }
    for (const auto& key : changed) {
        sequencer_->head_changed(key);
    }
    const auto now = std::chrono::steady_clock::now();
    for (auto& job : drained_) {
        take(std::move(job), now);
    }
    drained_.clear();
    flush_actions();
}

void partition_log::take(append_job job, time_point now) {
    if (!is_ours() && !job.is_forwarded && !is_stopped_) {
        return pass_on(std::move(job));
    }
    append_reply reply{.client = std::move(job.client),
                       .session = std::move(job.session),
                       .session_can_go = job.session_can_go,
                       .answer_on = job.answer_on,
                       .done = std::move(job.done),
                       .taken_at = job.is_redirected ? std::nullopt : std::optional{now},
                       .deadline = job.deadline,
                       .is_redirected = job.is_redirected,
                       .is_forwarded = job.is_forwarded};
    if (!is_ours()) {
        outbox_.add(std::move(reply),
                    answer_for_client({.outcome = append_outcome::not_owner}, partition_));
        return;
    }
    if (is_stopped_ || around_.options.role == topics_role::reader) {
        append_answer stopped;
        stopped.outcome = append_result::stopped;
        stopped.text = "bkes: the partition is not served any more, nothing was written";
        outbox_.add(std::move(reply), std::move(stopped));
        return;
    }
    auto read = read_client_batch(std::move(job.records), partition_, around_.decoder,
                                  {.expanded_bytes_max = around_.options.batch_bytes_max,
                                   .is_order_required = around_.options.order_required});
    if (!read) {
        if (const auto& sequence = read.error().sequence) {
            sequencer_->refused_before(*sequence);
        }
        tell_refused(reply, read.error().answer);
        outbox_.add(std::move(reply), std::move(read.error().answer));
        return;
    }
    auto& batch = **read;
    sync::append request{
        .records = batch.events,  // needed again for the store, when they are written
        .sequence = batch.sequence,
        .size_bytes = batch.records.size(),
        .memory_bytes = batch.memory_bytes(),
        .merge = batch.merge,
        .may_be_redirected =
            around_.options.misplaced == misplaced_append::redirect && !job.is_redirected,
        .hold_until = std::min(now + around_.options.hold_ms, job.deadline),
        .answer_until = job.is_redirected ? instant::max() : job.deadline,
    };
    if (job.is_redirected) {
        request.sequence = std::nullopt;  // it counts where the client sent it
    }
    request.id = pending_.add(std::move(*read), std::move(reply));
    sequencer_->submit(std::move(request));
    appender_->hurry();
}

void partition_log::send(const send_batch& batch) {
    if (batch.what == send_batch::kind::again) {
        appender_->send_again(batch.id);
        return;
    }
    auto encoded = pending_.encode(batch.appends);
    sent_[batch.id] = batch.appends;
    counts_.batch_records.observe(encoded.record_count);
    batch_leaves(batch);
    appender_->send(batch.id, std::move(encoded.encoded), encoded.record_count);
}

void partition_log::redirect(const redirected_append& sent) {
    auto* pending = pending_.find(sent.id);
    append_job job{.records = std::move(pending->batch->records),
                   .deadline = sent.hold_until,
                   .client = pending->reply.client,
                   .session = {},
                   .is_redirected = true,
                   .answer_on = &context_,
                   .done = [self = shared_from_this(), id = sent.id](append_answer heard) {
                       self->redirect_ended(id, std::move(heard));
                   }};
    pending_.drop_batch(sent.id);
    sync_log().debug("append redirected topic={} partition={} home={} client={}", topic_,
                     partition_.value(), sent.home.value(), job.client);
    if (!around_.redirect(topic_, sent.home, std::move(job))) {
        boost::asio::post(
            context_, [self = shared_from_this(), id = sent.id] { self->redirect_ended(id, {}); });
    }
}

void partition_log::redirect_ended(append_id id, append_answer heard) {
    auto* pending = pending_.find(id);
    const auto judged = outcome_at_home(heard);
    pending->from_home = std::make_unique<append_answer>(std::move(heard));
    sequencer_->redirect_ended(id, judged);
    flush_actions();
}

void partition_log::answer_client(const answer& judged) {
    auto* pending = pending_.find(judged.id);
    if (pending == nullptr) {
        return;
    }
    if (judged.outcome == append_outcome::duplicate || judged.of != judged.id) {
        counts_.resends.add();
    }
    if (judged.outcome == append_outcome::not_owner) {
        return answer_not_owner(*pending);
    }
    auto heard = answer_for_client(judged, partition_);
    bool is_proven = false;
    if (const auto* asked = pending_.find(judged.of)) {
        if (asked->from_home && asked->from_home->outcome == heard.outcome) {
            is_proven = true;  // by the key's home
            heard.text = asked->from_home->text;
            heard.broker_error = asked->from_home->broker_error;
            heard.conflict = asked->from_home->conflict;
        } else if (heard.outcome == append_result::order_conflict && asked->batch) {
            heard.conflict = conflict_of(judged, asked->batch->events);
        }
    }
    if (heard.outcome == append_result::written) {
        heard.log_append_time_ms = pending->log_append_time_ms;
        heard.log_start_offset =
            pending->log_start.value() >= 0 ? pending->log_start : tail_->log_start();
    } else {
        if (heard.outcome == append_result::broker_refused && heard.text.empty()) {
            heard.text = pending->broker_message;
        }
        tell_refused(pending->reply, heard);
    }
    if (!is_proven && (heard.outcome == append_result::order_conflict ||
                       heard.outcome == append_result::wrong_partition)) {
        answer_when_proven(*pending, std::move(heard));
        return;
    }
    outbox_.add(std::move(pending->reply), std::move(heard));
}

void partition_log::tell_refused(const append_reply& reply, const append_answer& heard) const {
    sync_log().debug("append refused topic={} partition={} client={} text=\"{}\"", topic_,
                     partition_.value(), reply.client, heard.text);
}

/// To whoever owns the partition now.
void partition_log::pass_on(append_job job) {
    counts_.forwarded.add();
    around_.others->forward(context_, topic_, partition_, std::move(job));
}

/// It was taken in while the partition was ours.
void partition_log::answer_not_owner(unanswered_append& pending) {
    auto& reply = pending.reply;
    if (around_.others == nullptr || reply.is_forwarded || !pending.batch) {
        auto heard = answer_for_client({.outcome = append_outcome::not_owner}, partition_);
        tell_refused(reply, heard);
        outbox_.add(std::move(reply), std::move(heard));
        return;
    }
    pass_on(append_job{.records = std::move(pending.batch->records),
                       .deadline = reply.deadline,
                       .client = std::move(reply.client),
                       .session = std::move(reply.session),
                       .session_can_go = reply.session_can_go,
                       .is_redirected = reply.is_redirected,
                       .answer_on = reply.answer_on,
                       .done = std::move(reply.done)});
}

void partition_log::drop_gone_clients() {
    for (const auto id : pending_.gone()) {
        sequencer_->cancel(id);
    }
}

}  // namespace bkes::sync
