// Record batches and old message sets: as they stand, one behind the other; and, so that the fuzzer
// need not guess a header, the input as the records or the compressed stream of a batch.

#include "protocol/batch/batch_layout.hpp"
#include "protocol/batch/batch_sequence.hpp"
#include "protocol/batch/control_record.hpp"
#include "protocol/batch/message_set.hpp"
#include "protocol/batch/produce_check.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/wire/crc32c.hpp"
#include "protocol/wire/writer.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace bkes;            // NOLINT: short names in a single file
using namespace bkes::protocol;  // NOLINT: short names in a single file

constexpr std::size_t expanded_bytes_max = 1 << 20;

void check_equal(const decoded_batch& one, const decoded_batch& other) {
    BKES_ASSERT(one.records.size() == other.records.size());
    for (std::size_t index = 0; index < one.records.size(); ++index) {
        const auto& left = one.records[index];
        const auto& right = other.records[index];
        BKES_ASSERT(left.key == right.key && left.value == right.value);
        BKES_ASSERT(left.body == right.body && left.encoded_headers == right.encoded_headers);
        BKES_ASSERT(one.timestamp_ms_of(left) == other.timestamp_ms_of(right));
    }
}

/// What was decoded, built anew, must hold the same and satisfy a broker.
void check_rebuilt(const decoded_batch& batch) {
    for (const auto& record : batch.records) {
        BKES_ASSERT(for_each_header(record.encoded_headers, [](const record_header&) {}));
        static_cast<void>(decode_control_record(record));
    }
    if (batch.records.empty()) {
        return;
    }
    bytes built;
    batch_builder builder{built};
    for (const auto& record : batch.records) {
        builder.add({.timestamp_ms = batch.timestamp_ms_of(record),
                     .key = record.key,
                     .body = record.body});
    }
    builder.finish(log_offset{0}, {});
    const auto again = check_produce_batch(built, 4 * expanded_bytes_max);
    BKES_ASSERT(again.has_value());
    check_equal(batch, *again);
}

void check_decodable(bytes_view batch) {
    if (const auto decoded = decode_batch_of_any_magic(batch, expanded_bytes_max)) {
        check_rebuilt(*decoded);
    }
}

/// A batch with a right CRC around `content`.
bytes batch_around(bytes_view content, std::uint8_t attributes, std::uint8_t record_count) {
    bytes batch;
    writer to{batch};
    to.i64(0);
    to.i32(static_cast<std::int32_t>(batch_header_size - batch_prefix_size + content.size()));
    to.i32(-1);
    to.i8(2);
    to.u32(0);
    to.i16(attributes);
    to.i32(record_count == 0 ? 0 : record_count - 1);
    to.i64(1000);
    to.i64(2000);
    to.i64(-1);
    to.i16(-1);
    to.i32(-1);
    to.i32(record_count);
    to.raw(content);
    to.patch_i32(batch_at::crc,
                 static_cast<std::int32_t>(crc32c(bytes_view{batch}.substr(batch_at::attributes))));
    return batch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view input{reinterpret_cast<const char*>(data), size};
    batch_sequence batches{input};
    std::size_t given = 0;
    while (const auto batch = batches.next()) {
        given += batch->size();
        check_decodable(*batch);
    }
    BKES_ASSERT(given + batches.rest().size() == size);
    if (size >= 2) {
        const auto batch = batch_around(input.substr(2), data[0], data[1]);
        BKES_ASSERT(batch_crc_is_right(batch));
        check_decodable(batch);
        if (const auto checked = check_produce_batch(batch, expanded_bytes_max)) {
            BKES_ASSERT(checked->records.size() == data[1]);
        } else {
            BKES_ASSERT(checked.error() != produce_fault::bad_crc);
        }
    }
    return 0;
}
