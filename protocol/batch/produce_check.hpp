#pragma once
// What a broker demands of the records that a producer sends for one partition (Produce v3 and
// later; Kafka: ProduceRequest.validateRecords, UnifiedLog.analyzeAndValidateRecords,
// LogValidator). bkes judges the same before it merges a batch into one of its own, which the
// broker would judge instead of the client's.
//
// Not judged here: what needs the topic (timestamp range, null keys under compaction, sizes), the
// request (zstd before v7) or the producer's past (sequences).

#include "protocol/batch/record_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

namespace bkes::protocol {

/// In brackets the error a broker answers with.
enum class produce_fault : std::uint8_t {
    no_batch,         ///< not even one (87 INVALID_RECORD)
    several_batches,  ///< more than one, or bytes behind it (87)
    old_format,       ///< magic 0 or 1 (87)
    malformed,        ///< truncated, lying lengths, left-over bytes (2 CORRUPT_MESSAGE)
    base_offset,      ///< is not 0 (87)
    bad_crc,          ///< (2)
    control_batch,    ///< only brokers write those (87)
    record_count,     ///< 0, or not last_offset_delta + 1 (87)
    base_sequence,    ///< negative though there is a producer id (87)
    log_append_time,  ///< which only brokers may set (32 INVALID_TIMESTAMP)
    bad_compression,  ///< unknown codec, or a corrupt stream (2)
    expands_too_far,  ///< beyond the limit of the caller (10 MESSAGE_TOO_LARGE by the contract)
};

/// The batch, decoded, if nothing is wrong with it. `records` is all the bytes of the partition;
/// for an uncompressed batch the views of the result point into them. Offset deltas are 0, 1, ...
/// then: there are as many as last_offset_delta has room for, and they rise.
std::expected<decoded_batch, produce_fault> check_produce_batch(bytes_view records,
                                                                std::size_t expanded_bytes_max);

/// The fault in a few words, for error_message and the log.
std::string_view explain(produce_fault fault);

}  // namespace bkes::protocol
