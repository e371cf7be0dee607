#include "protocol/batch/message_set.hpp"

#include "protocol/batch/batch_layout.hpp"
#include "protocol/batch/batch_sequence.hpp"
#include "protocol/errors.hpp"
#include "protocol/wire/reader.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace bkes::protocol {

namespace {

constexpr std::int64_t no_timestamp = -1;

struct message {
    std::int64_t offset = 0;
    std::int8_t magic = 0;
    std::int8_t attributes = 0;
    std::int64_t timestamp_ms = no_timestamp;
    std::optional<bytes_view> key;
    std::optional<bytes_view> value;

    [[nodiscard]] compression_codec codec() const {
        return static_cast<compression_codec>(attributes & codec_bits);
    }
};

result<message> parse(bytes_view entry) {
    reader in{entry};
    message parsed;
    parsed.offset = in.i64();
    in.skip(sizeof(std::int32_t) + sizeof(std::uint32_t));  // size, CRC
    parsed.magic = in.i8();
    if (!in.failed() && (parsed.magic < 0 || parsed.magic > 1)) {
        return failure{protocol_errc::unsupported_magic};
    }
    parsed.attributes = in.i8();
    if (parsed.magic == 1) {
        parsed.timestamp_ms = in.i64();
    }
    parsed.key = in.nullable_bytes();
    parsed.value = in.nullable_bytes();
    if (!in.complete() || parsed.offset < 0) {
        return failure{protocol_errc::malformed};
    }
    return parsed;
}

/// Java's client of magic 0 took the checksum in an lz4 frame's header over one field too many
/// (KAFKA-3160). It is a single byte and guards nothing here: the one that fits is put in its
/// place.
bytes with_right_lz4_checksum(bytes_view frame, std::size_t expanded_bytes_max) {
    constexpr std::size_t checksum_at = 6;  // behind magic, flags and block size: Java sets no more
    bytes fixed{frame};
    if (fixed.size() <= checksum_at) {
        return fixed;
    }
    for (int candidate = 0; candidate < 256; ++candidate) {
        fixed[checksum_at] = static_cast<char>(candidate);
        if (decompress(compression_codec::lz4, fixed, expanded_bytes_max)) {
            break;
        }
    }
    return fixed;
}

result<bytes> decompress_inner(const message& outer, std::size_t expanded_bytes_max) {
    const auto data = outer.value.value_or(bytes_view{});
    auto inner = decompress(outer.codec(), data, expanded_bytes_max);
    if (!inner && outer.magic == 0 && outer.codec() == compression_codec::lz4) {
        return decompress(outer.codec(), with_right_lz4_checksum(data, expanded_bytes_max),
                          expanded_bytes_max);
    }
    return inner;
}

/// The messages of a compressed one, with absolute offsets.
result<std::vector<message>> parse_inner(const message& outer, bytes_view inner) {
    std::vector<message> messages;
    batch_sequence entries{inner};
    while (const auto entry = entries.next()) {
        auto parsed = parse(*entry);
        if (!parsed || parsed->magic != outer.magic || parsed->codec() != compression_codec::none) {
            return failure{protocol_errc::malformed};
        }
        messages.push_back(*parsed);
    }
    if (entries.failed() || !entries.rest().empty() || messages.empty()) {
        return failure{protocol_errc::malformed};
    }
    const auto last = messages.back().offset;
    for (auto& one : messages) {
        if (outer.magic == 1) {
            if (one.offset > last) {
                return failure{protocol_errc::malformed};
            }
            one.offset += outer.offset - last;
        }
        if ((outer.attributes & log_append_time_bit) != 0) {
            one.timestamp_ms = outer.timestamp_ms;
        }
    }
    return messages;
}

result<decoded_batch> as_batch(const message& outer, const std::vector<message>& messages) {
    constexpr std::int64_t delta_max = std::numeric_limits<std::int32_t>::max() - 1;
    decoded_batch batch;
    const auto base = messages.front().offset;
    const auto base_timestamp = messages.front().timestamp_ms;
    batch.header.max_timestamp_ms = base_timestamp;
    for (const auto& one : messages) {
        if (base < 0 || one.offset < base || one.offset - base > delta_max) {
            return failure{protocol_errc::malformed};
        }
        const auto delta = one.offset - base;
        const auto timestamp_delta = static_cast<std::uint64_t>(one.timestamp_ms) -
                                     static_cast<std::uint64_t>(base_timestamp);
        append_record(batch.storage, static_cast<std::int64_t>(timestamp_delta),
                      static_cast<std::int32_t>(delta), one.key, encode_record_body(one.value, {}));
        batch.header.max_timestamp_ms = std::max(batch.header.max_timestamp_ms, one.timestamp_ms);
    }
    batch.header.base_offset = log_offset{base};
    batch.header.magic = outer.magic;
    batch.header.attributes = static_cast<std::uint8_t>(outer.attributes);
    batch.header.base_timestamp_ms = base_timestamp;
    batch.header.last_offset_delta = static_cast<std::int32_t>(messages.back().offset - base);
    batch.header.record_count = static_cast<std::int32_t>(messages.size());
    pin(batch.storage);
    if (!decode_records(batch.storage, batch.header.record_count, batch.header.last_offset_delta,
                        batch.records)) {
        return failure{protocol_errc::malformed};
    }
    return batch;
}

}  // namespace

result<decoded_batch> decode_message(bytes_view entry, std::size_t expanded_bytes_max) {
    batch_sequence framed{entry};
    if (!framed.next() || !framed.rest().empty()) {
        return failure{protocol_errc::malformed};
    }
    const auto outer = parse(entry);
    if (!outer) {
        return failure{outer.error()};
    }
    bytes inner;
    std::vector<message> messages{*outer};
    if (outer->codec() != compression_codec::none) {
        auto expanded = decompress_inner(*outer, expanded_bytes_max);
        if (!expanded) {
            return failure{expanded.error()};
        }
        inner = std::move(*expanded);
        auto parsed = parse_inner(*outer, inner);
        if (!parsed) {
            return failure{parsed.error()};
        }
        messages = std::move(*parsed);
    }
    auto batch = as_batch(*outer, messages);
    if (batch) {
        batch->header.batch_length = static_cast<std::int32_t>(entry.size() - batch_prefix_size);
    }
    return batch;
}

result<decoded_batch> decode_batch_of_any_magic(bytes_view batch, std::size_t expanded_bytes_max) {
    if (batch.size() > batch_at::magic && batch_magic(batch) < 2) {
        return decode_message(batch, expanded_bytes_max);
    }
    return decode_batch(batch, expanded_bytes_max);
}

bool message_crc_is_right(bytes_view entry) {
    if (entry.size() < batch_at::magic) {
        return false;
    }
    reader in{entry};
    in.skip(batch_prefix_size);
    const auto stated = in.u32();
    const auto covered = in.rest();
    return stated == crc32_z(0, reinterpret_cast<const Bytef*>(covered.data()), covered.size());
}

}  // namespace bkes::protocol
