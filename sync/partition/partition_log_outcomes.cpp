// What became of batches, as the broker answers or as the log shows, and its way into the store.

#include "protocol/kafka_error.hpp"
#include "store/errors.hpp"
#include "sync/partition/partition_log.hpp"
#include "sync/types/log.hpp"

#include <utility>

namespace bkes::sync {

void partition_log::writes_allowed() {
    begin_to_serve();
    suspend_or_resume();
    flush_actions();
}

void partition_log::writes_stopped() {
    for (const auto id : appender_->under_way()) {
        sequencer_->unknown(id);
    }
    suspend_or_resume();
    flush_actions();
}

void partition_log::batch_written(const produced_batch& batch) {
    ownership_proven(batch.sent_at);
    counts_.kafka_seconds.observe(around_.now() - batch.sent_at);
    sequencer_->acked(batch.id, batch.base_offset);
    const auto appends = sent_.extract(batch.id);
    const auto end = batch.base_offset + batch.record_count;
    unsettled_.written(batch.id, end);
    for (const auto id : appends.mapped()) {
        if (auto* pending = pending_.find(id)) {
            pending->log_append_time_ms = batch.was_sent_again ? -1 : batch.log_append_time_ms;
            pending->log_start = batch.log_start;
        }
    }
    // A gap means that others wrote. And the answer to a batch that was sent before carries times
    // that need not be the log's (Kafka: UnifiedLog.append for duplicates). Both are read.
    if (batch.base_offset != index_.position().next_offset || batch.was_sent_again) {
        tail_->want(end);
        flush_actions();
        return;
    }
    events_buffer_.clear();
    pending_.append_events(appends.mapped(), batch.base_offset, batch.log_append_time_ms,
                           events_buffer_);
    if (const auto applied = index_.apply(events_buffer_, end, appender_->epoch()); !applied) {
        // The tail reads what was just written, and waits with it until a busy store takes it.
        if (applied.error() != store::store_errc::busy) {
            sync_log().error(
                "store can't be written, the log will be read again topic={} partition={} "
                "reason=\"{}\"",
                topic_, partition_.value(), applied.error().message());
        }
        tail_->want(end);
        flush_actions();
        return;
    }
    tail_->appended(std::chrono::steady_clock::now());
    stored();
}

void partition_log::batch_refused(batch_id id, std::int16_t error_code, refusal_blame blame,
                                  const std::string& message) {
    sync_log().debug("batch refused by the broker topic={} partition={} reason={} text=\"{}\"",
                     topic_, partition_.value(),
                     protocol::name_of(static_cast<protocol::kafka_error>(error_code)), message);
    const auto appends = sent_.extract(id);
    for (const auto append : appends.mapped()) {
        if (auto* pending = pending_.find(append)) {
            pending->broker_message = message;
        }
    }
    unsettled_.not_written(id);
    sequencer_->refused(id, error_code, blame);
    tell_settled();
    flush_actions();
}

void partition_log::batch_skipped(batch_id id) {
    not_written({id});
}

void partition_log::not_written(const std::vector<batch_id>& batches) {
    for (const auto id : batches) {
        sent_.erase(id);
        unsettled_.not_written(id);
        sequencer_->not_written(id);
    }
    tell_settled();
    flush_actions();
}

void partition_log::log_is_wanted() {
    tail_->read_to_end();
}

const store::log_position& partition_log::position_read() const {
    return index_.position();
}

/// Batches of our own that are under way are decided by standing here; what others wrote changes
/// the ground on which waiting appends were judged.
void partition_log::about_to_store(const fetched_log& log) {
    if (const auto cause = std::exchange(rebuilding_, std::nullopt)) {
        around_.rebuilds.add(*cause);
        sync_log().info("store of a partition is built again topic={} partition={} cause={}",
                        topic_, partition_.value(), name_of(*cause));
    }
    const auto from = index_.position().next_offset;
    for (const auto& batch : log.batches) {
        const auto& header = batch.content.header;
        if (header.is_control()) {
            appender_->marker_read({.producer = header.producer, .epoch = header.epoch});
        }
        if (header.last_offset() < from) {
            continue;
        }
        if (const auto end = appender_->contradicted_by(header)) {
            log_cut(*end);
        }
        if (const auto id = appender_->find_under_way(header)) {
            counts_.kafka_seconds.observe(around_.now() - appender_->sent_at(*id));
            appender_->decided(*id);
            sent_.erase(*id);
            unsettled_.written(*id, header.last_offset() + 1);
            sequencer_->acked(*id, header.base_offset);
        } else if (batch.counts && !appender_->is_own(header)) {
            for (const auto& record : batch.content.records) {
                if (batch.content.offset_of(record) < from) {
                    continue;
                }
                if (is_serving()) {
                    counts_.foreign_records.add();
                }
                if (record.key) {
                    sequencer_->head_changed(*record.key);
                }
            }
        }
    }
}

/// What is under way was judged by a log that is no more: it is judged again. So were the conflicts
/// that wait for a proof: their clients are to come again.
void partition_log::log_cut(log_offset end) {
    give_up_unproven();
    sequencer_->truncated(end);
    unsettled_.cut(end);
    appender_->log_cut(end);
    tell_followers();
}

void partition_log::stored() {
    sequencer_->stored(index_.position().next_offset);
    appender_->log_stored(index_.position().next_offset);
    if (unsettled_.stored(index_.position().next_offset)) {
        tell_settled();
    }
    tell_followers();
    flush_actions();
}

}  // namespace bkes::sync
