#include "protocol/batch/produce_check.hpp"

#include "protocol/batch/batch_layout.hpp"
#include "protocol/errors.hpp"

#include <optional>

namespace bkes::protocol {

namespace {

std::optional<produce_fault> fault_of_header(const batch_header& header) {
    if (header.base_offset != log_offset{0}) {
        return produce_fault::base_offset;
    }
    if (header.is_control()) {
        return produce_fault::control_batch;
    }
    if (header.record_count == 0 || header.record_count - 1 != header.last_offset_delta) {
        return produce_fault::record_count;
    }
    if (header.producer.value() >= 0 && header.base_sequence.value() < 0) {
        return produce_fault::base_sequence;
    }
    if (header.has_log_append_time()) {
        return produce_fault::log_append_time;
    }
    return std::nullopt;
}

produce_fault fault_of(std::error_code error) {
    if (error == protocol_errc::expands_too_far) {
        return produce_fault::expands_too_far;
    }
    return error == protocol_errc::bad_compression ? produce_fault::bad_compression
                                                   : produce_fault::malformed;
}

}  // namespace

std::expected<decoded_batch, produce_fault> check_produce_batch(bytes_view records,
                                                                std::size_t expanded_bytes_max) {
    if (records.empty()) {
        return std::unexpected{produce_fault::no_batch};
    }
    const auto header = decode_batch_header(records);
    if (!header) {
        return std::unexpected{header.error() == protocol_errc::unsupported_magic
                                   ? produce_fault::old_format
                                   : produce_fault::malformed};
    }
    if (header->size() != records.size()) {
        return std::unexpected{produce_fault::several_batches};
    }
    if (!batch_crc_is_right(records)) {
        return std::unexpected{produce_fault::bad_crc};
    }
    if (const auto fault = fault_of_header(*header)) {
        return std::unexpected{*fault};
    }
    auto decoded = decode_batch(records, expanded_bytes_max);
    if (!decoded) {
        return std::unexpected{fault_of(decoded.error())};
    }
    return std::move(*decoded);
}

std::string_view explain(produce_fault fault) {
    switch (fault) {
        case produce_fault::no_batch:
            return "no record batch";
        case produce_fault::several_batches:
            return "more than one record batch";
        case produce_fault::old_format:
            return "message format older than 2";
        case produce_fault::malformed:
            return "malformed record batch";
        case produce_fault::base_offset:
            return "the base offset is not 0";
        case produce_fault::bad_crc:
            return "checksum mismatch";
        case produce_fault::control_batch:
            return "clients may not write control records";
        case produce_fault::record_count:
            return "the record count does not fit the offsets";
        case produce_fault::base_sequence:
            return "a producer id without a sequence number";
        case produce_fault::log_append_time:
            return "producers may not set the timestamp type LogAppendTime";
        case produce_fault::bad_compression:
            return "unknown compression or corrupt compressed records";
        case produce_fault::expands_too_far:
            return "the records are larger than allowed when decompressed";
    }
    return "unknown fault";
}

}  // namespace bkes::protocol
