#include "sync/append/batches_under_way.hpp"

#include "protocol/kafka_error.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

batch_under_way& batches_under_way::add(batch_under_way batch) {
    batch.base_sequence = next_sequence_;
    next_sequence_ = sequence_after(next_sequence_, batch.record_count);
    return batches_.emplace_back(std::move(batch));
}

void batches_under_way::sent(batch_under_way& batch, std::uint64_t connection,
                             boot_clock::time_point now) {
    ++batch.attempts;
    batch.sent_on = connection;
    batch.sent_at = now;
}

void batches_under_way::not_sent(batch_id id, std::uint64_t connection) {
    for (auto& batch : batches_) {
        if (batch.id >= id && batch.sent_on == connection) {
            batch.sent_on = 0;
            --batch.attempts;
        }
    }
}

bool batches_under_way::connection_lost() {
    is_refusing_ = false;
    bool may_forget = false;
    for (auto& batch : batches_) {
        if (batch.attempts > 0) {
            batch.earlier = earlier_attempts::may_be_written;
            may_forget = may_forget || batch.is_forgettable;
        }
    }
    return may_forget;
}

answered_batch batches_under_way::answered(batch_id id, std::int16_t error_code,
                                           log_offset base_offset, log_offset read_to) {
    const auto* batch = find(id);
    if (batch == nullptr) {
        return {};
    }
    const bool is_hole = error_code == static_cast<std::int16_t>(
                                           protocol::kafka_error::out_of_order_sequence_number);
    if (is_refusing_ && is_hole) {
        decided(id);
        return {.end = batch_end::skipped};
    }
    const auto means = classify_answer(error_code, batch->earlier);
    switch (means.verdict) {
        case produce_verdict::written:
            return {.end = base_offset < read_to ? batch_end::ask_the_log : batch_end::written};
        case produce_verdict::send_again:
            return {.end = batch_end::send_again};
        case produce_verdict::ask_the_log:
            return {.end = batch_end::ask_the_log};
        case produce_verdict::refused:
            break;
    }
    // The sequence of the oldest refused batch is used again by the next one; those behind it are
    // refused by the broker as a hole.
    if (!is_refusing_) {
        next_sequence_ = batch->base_sequence;
    }
    decided(id);
    is_refusing_ = !batches_.empty();
    return {.end = batch_end::refused, .blame = means.blame};
}

void batches_under_way::decided(batch_id id) {
    std::erase_if(batches_, [id](const batch_under_way& batch) { return batch.id == id; });
    if (batches_.empty()) {
        is_refusing_ = false;
    }
}

void batches_under_way::acknowledged(batch_id id, log_offset base_offset) {
    if (const auto* batch = find(id)) {
        acknowledged_.push_back({.writer = batch->stamped,
                                 .base_sequence = batch->base_sequence,
                                 .base_offset = base_offset,
                                 .last_offset = base_offset + (batch->record_count - 1)});
    }
    decided(id);
}

void batches_under_way::stored(log_offset next_offset) {
    std::erase_if(acknowledged_,
                  [&](const logged_batch& one) { return one.last_offset < next_offset; });
}

std::optional<log_offset> batches_under_way::contradicted_by(const logged_batch& read) const {
    for (const auto& one : acknowledged_) {
        const bool is_its_place =
            read.base_offset <= one.base_offset && one.base_offset <= read.last_offset;
        // A leader takes nothing of an older epoch behind something of a newer one.
        const bool is_before_it = read.base_offset <= one.base_offset &&
                                  read.writer.producer == one.writer.producer &&
                                  read.writer.epoch > one.writer.epoch;
        if ((is_its_place && read != one) || is_before_it) {
            return one.base_offset;
        }
    }
    return std::nullopt;
}

void batches_under_way::cut(log_offset end) {
    std::erase_if(acknowledged_, [&](const logged_batch& one) { return one.base_offset >= end; });
}

batch_under_way* batches_under_way::find(batch_id id) {
    const auto found = std::ranges::find(batches_, id, &batch_under_way::id);
    return found == batches_.end() ? nullptr : &*found;
}

std::optional<batch_id> batches_under_way::find(const producer_identity& writer,
                                                sequence_number base_sequence) const {
    const auto found = std::ranges::find_if(batches_, [&](const batch_under_way& batch) {
        return batch.stamped == writer && batch.base_sequence == base_sequence;
    });
    return found == batches_.end() ? std::nullopt : std::optional{found->id};
}

std::vector<batch_id> batches_under_way::ids() const {
    std::vector<batch_id> all;
    all.reserve(batches_.size());
    for (const auto& batch : batches_) {
        all.push_back(batch.id);
    }
    return all;
}

}  // namespace bkes::sync
