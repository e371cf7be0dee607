#include "proxy/key_topics/aggregate_slice.hpp"

#include "protocol/core/assert.hpp"

namespace bkes::proxy {

namespace {

/// Length, attributes, deltas and key length of one record, at the most.
constexpr std::size_t record_overhead_bytes_max = 32;

}  // namespace

std::size_t aggregate_slice::size_max(bytes_view key, const store::stored_event& event,
                                      bool is_same_batch) {
    return record_overhead_bytes_max + (is_same_batch ? 0 : protocol::batch_header_size) +
           key.size() + event.body.size();
}

bool aggregate_slice::share_batch(store::timestamp_type one_from, std::int64_t one_ms,
                                  store::timestamp_type other_from, std::int64_t other_ms) {
    return one_from == other_from &&
           (one_from == store::timestamp_type::create_time || one_ms == other_ms);
}

bool aggregate_slice::add(bytes_view key, const store::stored_event& event, std::size_t bytes_max) {
    BKES_ASSERT(batch_ || !next_);  // not finished
    if (!next_) {
        begin_batch(event);
    } else {
        const bool is_same_batch =
            share_batch(event.timestamp_from, event.timestamp_ms, timestamp_from_, timestamp_ms_);
        if (event.order != *next_ ||
            records_.size() + size_max(key, event, is_same_batch) > bytes_max) {
            return false;
        }
        if (!is_same_batch) {
            finish_batch();
            begin_batch(event);
        }
    }
    timestamp_ms_ = event.timestamp_ms;
    batch_->add({.timestamp_ms = event.timestamp_ms, .key = key, .body = event.body});
    log_offsets_.push_back(event.offset.value());
    next_ = event.order + 1;
    return true;
}

void aggregate_slice::begin_batch(const store::stored_event& event) {
    batch_.emplace(records_);
    first_ = event.order;
    timestamp_from_ = event.timestamp_from;
}

void aggregate_slice::finish_batch() {
    const log_offset base_offset{first_.value()};
    if (timestamp_from_ == store::timestamp_type::log_append_time) {
        batch_->finish_with_log_append_time(base_offset);
    } else {
        batch_->finish(base_offset, {});
    }
    batch_.reset();
}

void aggregate_slice::finish() {
    if (batch_) {
        finish_batch();
    }
}

void aggregate_slice::clear() {
    batch_.reset();
    records_.clear();
    log_offsets_.clear();
    next_.reset();
}

void aggregate_slice::adopt(bytes_view records, std::vector<std::int64_t> log_offsets) {
    clear();
    records_ = records;
    log_offsets_ = std::move(log_offsets);
}

}  // namespace bkes::proxy
