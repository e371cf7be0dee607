#include "protocol/batch/batch_sequence.hpp"

#include "protocol/batch/batch_layout.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/wire/reader.hpp"

namespace bkes::protocol {

namespace {

/// What follows the length in the shortest entry there is, a message of magic 0: CRC, magic,
/// attributes, two null lengths (Kafka: LegacyRecord.RECORD_OVERHEAD_V0).
constexpr std::int32_t batch_length_min = 14;

}  // namespace

std::int8_t batch_magic(bytes_view batch) {
    BKES_ASSERT(batch.size() > batch_at::magic);
    return static_cast<std::int8_t>(batch[batch_at::magic]);
}

std::optional<bytes_view> batch_sequence::next() {
    if (failed_ || left_.size() < batch_prefix_size) {
        return std::nullopt;
    }
    reader in{left_};
    in.skip(batch_at::batch_length);
    const auto length = in.i32();
    if (length < batch_length_min) {
        failed_ = true;
        return std::nullopt;
    }
    const auto size = batch_prefix_size + static_cast<std::size_t>(length);
    if (size > left_.size()) {
        return std::nullopt;
    }
    const auto batch = left_.substr(0, size);
    left_.remove_prefix(size);
    return batch;
}

}  // namespace bkes::protocol
