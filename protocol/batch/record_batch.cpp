#include "protocol/batch/record_batch.hpp"

#include "protocol/batch/batch_layout.hpp"
#include "protocol/errors.hpp"
#include "protocol/wire/crc32c.hpp"

#include <limits>

namespace bkes::protocol {

namespace {

constexpr std::int8_t magic_2 = 2;

/// Length, attributes, timestamp and offset delta, key and value length, header count: a byte each.
constexpr std::size_t record_size_min = 7;

/// A length of key or value, where -1 is null. Nothing below it.
std::optional<bytes_view> nullable(reader& in) {
    const auto size = in.varint();
    if (size < -1) {
        in.fail();
    }
    if (in.failed() || size == -1) {
        return std::nullopt;
    }
    return in.take(static_cast<std::size_t>(size));
}

bool decode_record(bytes_view encoded, record_view& record) {
    reader in{encoded};
    in.i8();  // attributes: none are defined, and Java ignores them
    record.timestamp_delta_ms = in.varlong();
    record.offset_delta = in.varint();
    record.key = nullable(in);
    record.body = encoded.substr(in.position());
    record.value = nullable(in);
    record.encoded_headers = encoded.substr(in.position());
    return !in.failed() && for_each_header(record.encoded_headers, [](const record_header&) {});
}

}  // namespace

std::size_t batch_header::size() const {
    return batch_prefix_size + static_cast<std::size_t>(batch_length);
}

compression_codec batch_header::codec() const {
    return static_cast<compression_codec>(attributes & codec_bits);
}

bool batch_header::is_transactional() const {
    return (attributes & transactional_bit) != 0;
}

bool batch_header::is_control() const {
    return (attributes & control_bit) != 0;
}

bool batch_header::has_log_append_time() const {
    return (attributes & log_append_time_bit) != 0;
}

log_offset batch_header::last_offset() const {
    return base_offset + last_offset_delta;
}

result<batch_header> decode_batch_header(bytes_view data) {
    reader in{data};
    batch_header header;
    header.base_offset = log_offset{in.i64()};
    header.batch_length = in.i32();
    header.partition_leader_epoch = leader_epoch{in.i32()};
    header.magic = in.i8();
    if (!in.failed() && header.magic != magic_2) {
        return failure{protocol_errc::unsupported_magic};
    }
    header.crc = in.u32();
    header.attributes = in.i16();
    header.last_offset_delta = in.i32();
    header.base_timestamp_ms = in.i64();
    header.max_timestamp_ms = in.i64();
    header.producer = producer_id{in.i64()};
    header.epoch = producer_epoch{in.i16()};
    header.base_sequence = sequence_number{in.i32()};
    header.record_count = in.i32();
    // An offset is never negative, and adding the delta must not leave 64 bits.
    constexpr auto base_offset_max =
        std::numeric_limits<std::int64_t>::max() - std::numeric_limits<std::int32_t>::max();
    const auto length_min = static_cast<std::int32_t>(batch_header_size - batch_prefix_size);
    if (in.failed() || header.batch_length < length_min || header.size() > data.size() ||
        header.base_offset.value() < 0 || header.base_offset.value() > base_offset_max ||
        header.last_offset_delta < 0 || header.record_count < 0) {
        return failure{protocol_errc::malformed};
    }
    return header;
}

bool batch_crc_is_right(bytes_view batch) {
    if (batch.size() < batch_header_size) {
        return false;
    }
    reader in{batch};
    in.skip(batch_at::crc);
    return in.u32() == crc32c(batch.substr(batch_at::attributes));
}

log_offset decoded_batch::offset_of(const record_view& record) const {
    return header.base_offset + record.offset_delta;
}

std::int64_t decoded_batch::timestamp_ms_of(const record_view& record) const {
    if (header.has_log_append_time()) {
        return header.max_timestamp_ms;
    }
    // Wraps around as Java's does, rather than trust a peer not to overflow.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(header.base_timestamp_ms) +
                                     static_cast<std::uint64_t>(record.timestamp_delta_ms));
}

void pin(bytes& text) {
    if (text.capacity() <= bytes{}.capacity()) {
        text.reserve(bytes{}.capacity() + 1);
    }
}

bool decode_records(bytes_view encoded, std::int32_t record_count, std::int32_t last_offset_delta,
                    std::vector<record_view>& records) {
    const auto count = static_cast<std::size_t>(record_count);
    if (count > encoded.size() / record_size_min) {
        return false;
    }
    records.resize(count);
    reader in{encoded};
    std::int32_t delta_before = -1;
    for (auto& record : records) {
        const auto size = in.varint();
        if (size < 0) {
            return false;
        }
        const auto body = in.take(static_cast<std::size_t>(size));
        if (in.failed() || !decode_record(body, record) || record.offset_delta <= delta_before ||
            record.offset_delta > last_offset_delta) {
            return false;
        }
        delta_before = record.offset_delta;
    }
    return in.complete();
}

result<decoded_batch> decode_batch(bytes_view batch, std::size_t expanded_bytes_max) {
    const auto header = decode_batch_header(batch);
    if (!header) {
        return failure{header.error()};
    }
    if (header->size() != batch.size()) {
        return failure{protocol_errc::malformed};
    }
    decoded_batch decoded;
    decoded.header = *header;
    auto encoded = batch.substr(batch_header_size);
    // A batch that compaction emptied keeps its header alone, whatever the codec bits say.
    if (header->codec() != compression_codec::none && !encoded.empty()) {
        auto expanded = decompress(header->codec(), encoded, expanded_bytes_max);
        if (!expanded) {
            return failure{expanded.error()};
        }
        decoded.storage = std::move(*expanded);
        pin(decoded.storage);
        encoded = decoded.storage;
    }
    if (encoded.size() > expanded_bytes_max) {
        return failure{protocol_errc::expands_too_far};
    }
    if (!decode_records(encoded, header->record_count, header->last_offset_delta,
                        decoded.records)) {
        return failure{protocol_errc::malformed};
    }
    return decoded;
}

void keep_bytes(decoded_batch& batch) {
    if (!batch.storage.empty() || batch.records.empty()) {
        return;
    }
    const auto& front = batch.records.front();
    const auto* const begin = front.key ? front.key->data() : front.body.data();
    const auto back = batch.records.back().body;
    batch.storage.assign(begin, back.data() + back.size());
    pin(batch.storage);
    const auto move = [&](bytes_view& view) {
        view = {batch.storage.data() + (view.data() - begin), view.size()};
    };
    for (auto& record : batch.records) {
        if (record.key) {
            move(*record.key);
        }
        if (record.value) {
            move(*record.value);
        }
        move(record.body);
        move(record.encoded_headers);
    }
}

}  // namespace bkes::protocol
