#include "proxy/aggregate_slice.hpp"

#include "protocol/core/assert.hpp"

namespace bkes::proxy {

namespace {

/// Length, attributes, deltas and key length of one record, at the most.
constexpr std::size_t record_overhead_bytes_max = 32;

}  // namespace

bool aggregate_slice::add(bytes_view key, const store::stored_event& event, std::size_t bytes_max) {
    BKES_ASSERT(batch_ || !next_);  // not finished
    if (!next_) {
        batch_.emplace(records_);
        first_ = event.order;
    } else if (event.order != *next_ ||
               batch_->size() + record_overhead_bytes_max + key.size() + event.body.size() >
                   bytes_max) {
        return false;
    }
    batch_->add({.timestamp_ms = event.timestamp_ms, .key = key, .body = event.body});
    log_offsets_.push_back(event.offset.value());
    next_ = event.order + 1;
    return true;
}

void aggregate_slice::finish() {
    if (batch_) {
        batch_->finish(log_offset{first_.value()}, {});
        batch_.reset();
    }
}

void aggregate_slice::clear() {
    batch_.reset();
    records_.clear();
    log_offsets_.clear();
    next_.reset();
}

}  // namespace bkes::proxy
