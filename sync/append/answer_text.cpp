#include "sync/append/answer_text.hpp"

#include "protocol/kafka_error.hpp"

#include <fmt/format.h>

#include <utility>

namespace bkes::sync {

append_answer answer_for_client(const answer& judged, partition_id partition) {
    append_answer heard;
    heard.base_offset = judged.base_offset;
    heard.record_index = judged.record_index;
    switch (judged.outcome) {
        case append_outcome::written:
        case append_outcome::duplicate:
            heard.outcome = append_result::written;
            break;
        case append_outcome::order_conflict:
            heard.outcome = append_result::order_conflict;
            heard.text =
                fmt::format("bkes: order conflict: expected={} got={} partition={} index={}",
                            judged.expected.value(), judged.got.value(), partition.value(),
                            judged.record_index);
            break;
        case append_outcome::no_such_aggregate:
            heard.outcome = append_result::order_conflict;
            heard.text = fmt::format("bkes: no such aggregate: partition={} index={}",
                                     partition.value(), judged.record_index);
            break;
        case append_outcome::wrong_partition:
            heard.outcome = append_result::wrong_partition;
            heard.text = fmt::format("bkes: wrong partition: home={} got={} index={}",
                                     judged.home.value(), partition.value(), judged.record_index);
            break;
        case append_outcome::out_of_order_sequence:
            heard.outcome = append_result::sequence_out_of_order;
            heard.text = "bkes: out of order sequence of the idempotent producer";
            break;
        case append_outcome::invalid_producer_epoch:
            heard.outcome = append_result::broker_refused;
            heard.broker_error =
                static_cast<std::int16_t>(protocol::kafka_error::invalid_producer_epoch);
            heard.text = "bkes: the producer has a newer epoch";
            break;
        case append_outcome::refused_by_broker:
            heard.outcome = append_result::broker_refused;
            heard.broker_error = judged.broker_code;
            break;
        case append_outcome::not_ready:
            heard.outcome = append_result::not_ready;
            heard.text = "bkes: partition is not ready, nothing was written";
            break;
        case append_outcome::not_owner:
            heard.outcome = append_result::not_owner;
            heard.text = "bkes: another instance owns the partition, nothing was written";
            break;
        case append_outcome::timed_out:
            heard.outcome = append_result::timed_out;
            heard.text = "bkes: sent, but not yet known to be written";
            break;
    }
    return heard;
}

order_conflict conflict_of(const answer& judged, std::span<const judged_event> records) {
    const auto index = static_cast<std::size_t>(judged.record_index);
    order_conflict conflict;
    if (judged.record_index >= 0 && index < records.size()) {
        conflict.key = records[index].key.value_or(bytes_view{});
    }
    if (judged.outcome == append_outcome::order_conflict) {
        conflict.expected = judged.expected;
        conflict.got = judged.got;
    }
    return conflict;
}

answer outcome_at_home(const append_answer& heard) {
    const auto outcome = [&heard] {
        switch (heard.outcome) {
            case append_result::written:
                return append_outcome::written;
            case append_result::order_conflict:
                return append_outcome::order_conflict;
            case append_result::wrong_partition:
                return append_outcome::wrong_partition;
            case append_result::not_owner:
                return append_outcome::not_owner;
            case append_result::not_ready:
            case append_result::stopped:
                return append_outcome::not_ready;
            case append_result::timed_out:
                return append_outcome::timed_out;
            case append_result::sequence_out_of_order:
                return append_outcome::out_of_order_sequence;
            // Its batch was found fit before.
            case append_result::invalid_record:
            case append_result::corrupt_batch:
            case append_result::too_large:
            case append_result::transactional:
            case append_result::broker_refused:
                return append_outcome::refused_by_broker;
        }
        std::unreachable();
    }();
    return {
        .outcome = outcome, .record_index = heard.record_index, .broker_code = heard.broker_error};
}

}  // namespace bkes::sync
