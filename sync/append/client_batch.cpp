#include "sync/append/client_batch.hpp"

#include "protocol/batch/produce_check.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/wire/crc32c.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace bkes::sync {

namespace {

std::unexpected<unfit_batch> unfit(append_result outcome, std::string text,
                                   std::int32_t record_index = -1) {
    unfit_batch refused;
    refused.answer.outcome = outcome;
    refused.answer.text = std::move(text);
    refused.answer.record_index = record_index;
    return std::unexpected{std::move(refused)};
}

std::unexpected<unfit_batch> unfit(protocol::produce_fault fault) {
    using protocol::produce_fault;
    auto refused =
        unfit(append_result::invalid_record, fmt::format("bkes: {}", protocol::explain(fault)));
    auto& answer = refused.error().answer;
    switch (fault) {
        case produce_fault::malformed:
        case produce_fault::bad_crc:
        case produce_fault::bad_compression:
            answer.outcome = append_result::corrupt_batch;
            break;
        case produce_fault::expands_too_far:
            answer.outcome = append_result::too_large;
            break;
        case produce_fault::log_append_time:
            answer.outcome = append_result::broker_refused;
            answer.broker_error =
                static_cast<std::int16_t>(protocol::kafka_error::invalid_timestamp);
            break;
        default:
            break;
    }
    return refused;
}

/// Over what makes the events: keys, values and headers, each with its length. Not over the bytes
/// of the batch: some clients stamp the times anew at each retry, or compress again.
std::uint32_t content_crc_of(const std::vector<protocol::record_view>& records) {
    std::uint32_t crc = 0;
    for (const auto& record : records) {
        const auto key_size = record.key ? static_cast<std::int64_t>(record.key->size()) : -1;
        const std::array sizes{key_size, static_cast<std::int64_t>(record.body.size())};
        crc = protocol::crc32c_continued(
            crc, {reinterpret_cast<const char*>(sizes.data()), sizeof(sizes)});
        crc = protocol::crc32c_continued(crc, record.key.value_or(bytes_view{}));
        crc = protocol::crc32c_continued(crc, record.body);
    }
    return crc;
}

std::optional<producer_sequence> sequence_of(const protocol::decoded_batch& batch) {
    const auto& header = batch.header;
    if (header.producer.value() < 0) {
        return std::nullopt;
    }
    return producer_sequence{.producer = header.producer,
                             .epoch = header.epoch,
                             .base_sequence = header.base_sequence,
                             .count = header.record_count,
                             .content_crc = content_crc_of(batch.records)};
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
    if (header && header->is_transactional()) {
        return unfit(append_result::transactional,
                     fmt::format("bkes: transactions are not supported on guarded topics: "
                                 "partition={}",
                                 partition.value()));
    }
    auto batch = std::make_unique<client_batch>();
    batch->records = std::move(records);
    auto checked = protocol::check_produce_batch(batch->records, limits.expanded_bytes_max);
    if (!checked) {
        return unfit(checked.error());
    }
    batch->decoded = std::move(*checked);
    batch->sequence = sequence_of(batch->decoded);
    const bool is_small = batch->records.size() <= limits.merged_bytes_max;
    const bool is_plain = batch->decoded.header.codec() == protocol::compression_codec::none;
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
