#pragma once
// Messages of magic 0 and 1, as logs written before Kafka 0.11 still hold them (Kafka:
// common/record/LegacyRecord.java, AbstractLegacyRecordBatch.java). Read only: no broker of today
// takes them from a producer.
//
//  0 offset i64
//  8 size i32                   bytes after this field
// 12 crc u32                    CRC-32 (not -32C) of everything from byte 16 on
// 16 magic i8 = 0 or 1
// 17 attributes i8              0-2 codec, 3 log append time (magic 1)
// 18 timestamp i64              magic 1 only
//    key, value                 i32 length, -1 = null
//
// Under a codec the value is a compressed run of such messages. Their offsets are absolute in magic
// 0; in magic 1 they count from the first, and the outer offset is that of the last.

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"

#include <cstddef>

namespace bkes::protocol {

/// One entry, with all messages inside, in the shape of a batch: records without headers, producer
/// -1; magic tells where it came from; without timestamps (magic 0) they are -1. The records are
/// written anew into `storage`, so no view points into `entry`. `entry` is exactly one entry as
/// batch_sequence gives it. Fails as decode_batch does, and on magic 2 or more.
result<decoded_batch> decode_message(bytes_view entry, std::size_t expanded_bytes_max);

/// `decode_batch` or `decode_message`, whichever the magic asks for.
result<decoded_batch> decode_batch_of_any_magic(bytes_view batch, std::size_t expanded_bytes_max);

/// As batch_crc_is_right, of the entry; messages inside a compressed one are not looked at.
bool message_crc_is_right(bytes_view entry);

}  // namespace bkes::protocol
