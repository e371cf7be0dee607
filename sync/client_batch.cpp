#include "sync/client_batch.hpp"

#include "protocol/errors.hpp"

#include <fmt/format.h>

#include <utility>

namespace bkes::sync {

namespace {

using protocol::protocol_errc;

std::unexpected<unfit_batch> unfit(append_result outcome, std::string text,
                                   std::int32_t record_index = -1) {
    unfit_batch refused;
    refused.answer.outcome = outcome;
    refused.answer.text = std::move(text);
    refused.answer.record_index = record_index;
    return std::unexpected{std::move(refused)};
}

std::unexpected<unfit_batch> unreadable(std::error_code error, const client_batch_limits& limits) {
    if (error == protocol_errc::expands_too_far) {
        return unfit(
            append_result::too_large,
            fmt::format("bkes: batch expands to more than {} bytes", limits.expanded_bytes_max));
    }
    if (error == protocol_errc::unsupported_magic) {
        return unfit(append_result::invalid_record,
                     "bkes: records of message format 0 and 1 can't carry an order, use format 2");
    }
    return unfit(append_result::corrupt_batch, "bkes: batch is corrupt: " + error.message());
}

std::optional<producer_sequence> sequence_of(const protocol::batch_header& header) {
    if (header.producer.value() < 0) {
        return std::nullopt;
    }
    return producer_sequence{.producer = header.producer,
                             .epoch = header.epoch,
                             .base_sequence = header.base_sequence,
                             .count = header.record_count};
}

/// What a broker demands too (Kafka: LogValidator.java); nullptr if all is well.
const char* shape_problem(const protocol::decoded_batch& batch) {
    const auto& header = batch.header;
    if (header.is_control()) {
        return "bkes: control records are the broker's own";
    }
    if (header.record_count < 1 || batch.records.empty()) {
        return "bkes: batch without records";
    }
    if (header.record_count != header.last_offset_delta + 1 ||
        batch.records.size() != static_cast<std::size_t>(header.record_count)) {
        return "bkes: record count and offsets of the batch disagree";
    }
    if (header.producer.value() >= 0 && header.base_sequence.value() < 0) {
        return "bkes: producer id without a sequence";
    }
    for (std::size_t index = 0; index < batch.records.size(); ++index) {
        if (batch.records[index].offset_delta != static_cast<std::int32_t>(index)) {
            return "bkes: offsets of the batch are not contiguous";
        }
    }
    return nullptr;
}

/// The text that says what is wrong with one record; empty if nothing is.
std::string record_problem(const protocol::record_view& record, const event_headers& headers,
                           const event_decoder& decoder, bool is_order_required) {
    switch (headers.state) {
        case order_header_state::unreadable:
            return fmt::format("header '{}' must be a decimal number, 'any' or 'exists'",
                               decoder.order_header());
        case order_header_state::repeated:
            return fmt::format("header '{}' is repeated", decoder.order_header());
        case order_header_state::absent:
            if (is_order_required) {
                return fmt::format("header '{}' is missing", decoder.order_header());
            }
            break;
        case order_header_state::readable:
            break;
    }
    if (record.key) {
        return {};
    }
    if (headers.condition.what != order_condition::kind::any) {
        return "a record without a key has no order";
    }
    return is_order_required ? "a record without a key is no event" : std::string{};
}

}  // namespace

std::expected<std::unique_ptr<client_batch>, unfit_batch> read_client_batch(
    bytes records, partition_id partition, const event_decoder& decoder,
    const client_batch_limits& limits) {
    const auto header = protocol::decode_batch_header(records);
    if (!header) {
        return unreadable(header.error(), limits);
    }
    if (header->size() != records.size()) {
        return unfit(append_result::invalid_record,
                     "bkes: one batch for each partition, not several");
    }
    if (header->is_transactional()) {
        return unfit(append_result::transactional,
                     fmt::format("bkes: transactions are not supported on guarded topics: "
                                 "partition={}",
                                 partition.value()));
    }
    if (!protocol::batch_crc_is_right(records)) {
        return unreadable(make_error_code(protocol_errc::bad_crc), limits);
    }
    auto batch = std::make_unique<client_batch>();
    batch->records = std::move(records);
    auto decoded = protocol::decode_batch(batch->records, limits.expanded_bytes_max);
    if (!decoded) {
        return unreadable(decoded.error(), limits);
    }
    batch->decoded = std::move(*decoded);
    if (const auto* problem = shape_problem(batch->decoded)) {
        return unfit(append_result::invalid_record, problem);
    }
    batch->sequence = sequence_of(batch->decoded.header);
    const bool is_small = batch->records.size() <= limits.merged_bytes_max;
    // Log append time is not a client's to say; the broker refuses it or doesn't, so it goes as it
    // is.
    const bool is_plain =
        header->codec() == protocol::compression_codec::none && !header->has_log_append_time();
    batch->merge = is_small && is_plain ? merging::allowed : merging::goes_alone;
    batch->events.reserve(batch->decoded.records.size());
    for (std::int32_t index = 0; const auto& record : batch->decoded.records) {
        const auto headers = decoder.read(record.encoded_headers);
        if (auto text = record_problem(record, headers, decoder, limits.is_order_required);
            !text.empty()) {
            auto refused = unfit(
                append_result::invalid_record,
                fmt::format("bkes: {}: partition={} index={}", text, partition.value(), index),
                index);
            refused.error().sequence = batch->sequence;
            return refused;
        }
        batch->events.push_back(
            {.key = record.key, .condition = headers.condition, .event_id = headers.event_id});
        ++index;
    }
    return batch;
}

}  // namespace bkes::sync
