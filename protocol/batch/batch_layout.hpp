#pragma once
// Where the fields of a magic 2 batch stand (drawing in record_batch.hpp) and how one record is
// written: shared by the files that read, build and patch batches, of no use to anybody else.

#include "protocol/batch/record_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

namespace batch_at {
inline constexpr std::size_t base_offset = 0;
inline constexpr std::size_t batch_length = 8;
inline constexpr std::size_t leader_epoch = 12;
inline constexpr std::size_t magic = 16;
inline constexpr std::size_t crc = 17;
inline constexpr std::size_t attributes = 21;  ///< the CRC covers everything from here on
inline constexpr std::size_t producer = 43;
inline constexpr std::size_t epoch = 51;
inline constexpr std::size_t base_sequence = 53;
}  // namespace batch_at

/// Of the attributes. Magic 0 and 1 have the first two in a byte.
inline constexpr std::int16_t codec_bits = 0x07;
inline constexpr std::int16_t log_append_time_bit = 0x08;
inline constexpr std::int16_t transactional_bit = 0x10;
inline constexpr std::int16_t control_bit = 0x20;

/// base_offset and batch_length, which batch_length doesn't count.
inline constexpr std::size_t batch_prefix_size = 12;

/// Appends one record in the encoding of magic 2.
void append_record(bytes& out, std::int64_t timestamp_delta_ms, std::int32_t offset_delta,
                   std::optional<bytes_view> key, bytes_view body);

/// Reads `record_count` records, which fill `encoded`. Offset deltas must rise, up to
/// `last_offset_delta`. False if anything is malformed.
bool decode_records(bytes_view encoded, std::int32_t record_count, std::int32_t last_offset_delta,
                    std::vector<record_view>& records);

/// Moves `text` to the heap if it isn't there: a short std::string keeps its bytes inside itself,
/// and views of them would not survive a move.
void pin(bytes& text);

}  // namespace bkes::protocol
