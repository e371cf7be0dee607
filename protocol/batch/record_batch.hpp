#pragma once
// Record batches, magic 2 (Kafka: common/record/DefaultRecordBatch.java, DefaultRecord.java).
//
//  0 base_offset i64            not under the CRC: brokers rewrite it
//  8 batch_length i32           bytes after this field
// 12 partition_leader_epoch i32 not under the CRC
// 16 magic i8 = 2
// 17 crc u32                   CRC-32C of everything from byte 21 on
// 21 attributes i16            0-2 codec, 3 log append time, 4 transactional, 5 control, 6 horizon
// 23 last_offset_delta i32
// 27 base_timestamp i64
// 35 max_timestamp i64
// 43 producer_id i64, 51 producer_epoch i16, 53 base_sequence i32   -1 if not idempotent
// 57 record_count i32
// 61 records                   one compressed stream if the codec is not 0
//
// More on batches: several in a row batch_sequence.hpp, what a broker demands of a producer's
// produce_check.hpp, transaction markers control_record.hpp, magic 0 and 1 message_set.hpp.
// All of it is pure functions over bytes, any thread.

#include "protocol/compression/compression.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "protocol/wire/reader.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace bkes::protocol {

inline constexpr std::size_t batch_header_size = 61;

struct batch_header {
    log_offset base_offset{0};
    std::int32_t batch_length = 0;
    leader_epoch partition_leader_epoch{-1};
    std::int8_t magic = 2;
    std::uint32_t crc = 0;
    std::int16_t attributes = 0;
    /// Compaction keeps it: it may be more than record_count - 1.
    std::int32_t last_offset_delta = 0;
    std::int64_t base_timestamp_ms = 0;
    std::int64_t max_timestamp_ms = 0;
    producer_id producer{-1};
    producer_epoch epoch{-1};
    sequence_number base_sequence{-1};
    std::int32_t record_count = 0;

    [[nodiscard]] std::size_t size() const;  ///< of the whole batch: 12 + batch_length
    [[nodiscard]] compression_codec codec() const;
    [[nodiscard]] bool is_transactional() const;
    [[nodiscard]] bool is_control() const;
    [[nodiscard]] bool has_log_append_time() const;
    [[nodiscard]] log_offset last_offset() const;
};

struct record_header {
    bytes_view key;
    std::optional<bytes_view> value;
};

/// One record; all views point into the decompressed records.
struct record_view {
    std::int32_t offset_delta = 0;
    std::int64_t timestamp_delta_ms = 0;
    std::optional<bytes_view> key;
    std::optional<bytes_view> value;
    /// Everything from value_length on, as it stands on the wire: value and headers.
    bytes_view body;
    /// The headers inside `body`, from header_count on; walk them with `for_each_header`.
    bytes_view encoded_headers;
};

/// Reads the 61 bytes; fails on a size that is not inside `data`, and on any magic but 2
/// (unsupported_magic). `data` may go on behind the batch.
result<batch_header> decode_batch_header(bytes_view data);

/// True if the CRC-32C in the header is that of the bytes. `batch` is exactly one batch; false for
/// anything too short to be one.
bool batch_crc_is_right(bytes_view batch);

/// The records of one batch, decompressed. Owns the decompressed bytes, so keep it while the views
/// are in use; for an uncompressed batch the views point into the bytes given to `decode_batch`.
/// Moving it leaves the views valid; it can't be copied, since they would point into the original.
struct decoded_batch {
    decoded_batch() = default;
    decoded_batch(decoded_batch&&) = default;
    decoded_batch& operator=(decoded_batch&&) = default;

    batch_header header;
    bytes storage;  ///< decompressed records; empty if they were not compressed
    std::vector<record_view> records;

    [[nodiscard]] log_offset offset_of(const record_view& record) const;
    /// The record's timestamp, or the batch's under log append time.
    [[nodiscard]] std::int64_t timestamp_ms_of(const record_view& record) const;
};

/// Decodes one whole batch, without checking the CRC. Fails with protocol_errc on anything
/// malformed, and on records that expand to more than `expanded_bytes_max`. Checked: every length,
/// that each record ends where its length says and the batch with the last record, that offset
/// deltas rise and end at last_offset_delta or before.
result<decoded_batch> decode_batch(bytes_view batch, std::size_t expanded_bytes_max);

/// Gives the batch the bytes of its records, so that it can be kept for longer than those it was decoded
/// from.
void keep_bytes(decoded_batch& batch);

/// Calls `visit(const record_header&)` for each header, in order. False on malformed headers, which
/// those of a record_view never are.
template <class Visit>
bool for_each_header(bytes_view encoded_headers, Visit&& visit) {
    reader in{encoded_headers};
    const auto count = in.varint();
    if (count < 0) {
        return false;
    }
    for (std::int32_t index = 0; index < count && !in.failed(); ++index) {
        record_header header;
        const auto key_size = in.varint();
        if (key_size < 0) {
            return false;
        }
        header.key = in.take(static_cast<std::size_t>(key_size));
        const auto value_size = in.varint();
        if (value_size < -1) {
            return false;
        }
        if (value_size >= 0) {
            header.value = in.take(static_cast<std::size_t>(value_size));
        }
        if (in.failed()) {
            return false;
        }
        visit(std::as_const(header));
    }
    return in.complete();
}

/// A record to be written: timestamp, key and the rest (value and headers) as in record_view::body.
struct new_record {
    std::int64_t timestamp_ms = 0;
    std::optional<bytes_view> key;
    bytes_view body;
};

/// Value and headers in the encoding of `record_view::body`.
bytes encode_record_body(std::optional<bytes_view> value, std::span<const record_header> headers);

/// Who wrote a batch, as a broker checks it: -1, -1, -1 = nobody it has to know.
struct batch_identity {
    producer_id producer{-1};
    producer_epoch epoch{-1};
    sequence_number base_sequence{-1};
};

/// Builds one uncompressed batch with offsets base_offset, +1, ... and the CRC, for merged appends
/// and for the synthetic batches of key topics. Allocates nothing but what `out` grows by. The
/// caller keeps the batch below 2 GiB (asserted).
class batch_builder {
  public:
    explicit batch_builder(bytes& out);  ///< appends to `out`, which must outlive the builder
    void add(const new_record& record);
    [[nodiscard]] std::size_t size() const;  ///< bytes of the batch so far

    [[nodiscard]] std::int32_t record_count() const { return record_count_; }

    /// Fills in header and CRC. At least one record; nothing may be added afterwards.
    void finish(log_offset base_offset, const batch_identity& identity);

    /// The same; the records have one timestamp, which is the broker's (LogAppendTime).
    void finish_with_log_append_time(log_offset base_offset);

  private:
    void write_header(log_offset base_offset, const batch_identity& identity,
                      std::int16_t attributes);

    bytes* out_;
    std::size_t start_;  ///< where the batch begins in `out`
    std::int32_t record_count_ = 0;
    std::int64_t base_timestamp_ms_ = 0;
    std::int64_t max_timestamp_ms_ = 0;
};

/// No more than this many bytes are added to a batch by the record.
std::size_t record_size_max(const new_record& record);

/// Overwrites producer id, epoch and base sequence of an encoded batch, and the CRC with them.
void stamp_batch(std::span<char> batch, const batch_identity& identity);

/// Overwrites base offset and leader epoch, which the CRC doesn't cover.
void place_batch(std::span<char> batch, log_offset base_offset, leader_epoch epoch);

}  // namespace bkes::protocol
