#include "protocol/batch/batch_layout.hpp"
#include "protocol/batch/record_batch.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/wire/crc32c.hpp"
#include "protocol/wire/writer.hpp"

#include <algorithm>
#include <limits>

namespace bkes::protocol {

namespace {

constexpr std::size_t varint_size_max = 5;
constexpr std::size_t varlong_size_max = 10;

std::size_t put_unsigned(char* to, std::uint64_t value) {
    std::size_t size = 0;
    while (value >= 0x80U) {
        to[size++] = static_cast<char>((value & 0x7fU) | 0x80U);
        value >>= 7U;
    }
    to[size++] = static_cast<char>(value);
    return size;
}

std::size_t put_varint(char* to, std::int64_t value) {
    return put_unsigned(
        to, (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63));
}

template <class T>
void put(std::span<char> batch, std::size_t position, T value) {
    BKES_ASSERT(position + sizeof value <= batch.size());
    boost::endian::endian_store<T, sizeof value, boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(batch.data() + position), value);
}

void put_crc(std::span<char> batch) {
    const bytes_view covered{batch.data() + batch_at::attributes,
                             batch.size() - batch_at::attributes};
    put(batch, batch_at::crc, crc32c(covered));
}

std::int64_t size_of(std::optional<bytes_view> data) {
    return data ? static_cast<std::int64_t>(data->size()) : -1;
}

}  // namespace

void append_record(bytes& out, std::int64_t timestamp_delta_ms, std::int32_t offset_delta,
                   std::optional<bytes_view> key, bytes_view body) {
    // What stands before the key goes into one small array first: its size must be known before
    // the record's own length, which comes first, can be written.
    char fields[1 + varlong_size_max + 2 * varint_size_max];
    std::size_t size = 0;
    fields[size++] = 0;  // attributes
    size += put_varint(fields + size, timestamp_delta_ms);
    size += put_varint(fields + size, offset_delta);
    size += put_varint(fields + size, size_of(key));
    const bytes_view key_bytes = key.value_or(bytes_view{});
    char length[varlong_size_max];
    const auto length_size =
        put_varint(length, static_cast<std::int64_t>(size + key_bytes.size() + body.size()));
    out.append(length, length_size);
    out.append(fields, size);
    out.append(key_bytes);
    out.append(body);
}

std::size_t record_size_max(const new_record& record) {
    return 1 + varlong_size_max + 3 * varint_size_max + record.key.value_or(bytes_view{}).size() +
           record.body.size();
}

bytes encode_record_body(std::optional<bytes_view> value, std::span<const record_header> headers) {
    bytes body;
    writer to{body};
    to.varlong(size_of(value));
    to.raw(value.value_or(bytes_view{}));
    to.varlong(static_cast<std::int64_t>(headers.size()));
    for (const auto& header : headers) {
        to.varlong(size_of(header.key));
        to.raw(header.key);
        to.varlong(size_of(header.value));
        to.raw(header.value.value_or(bytes_view{}));
    }
    return body;
}

batch_builder::batch_builder(bytes& out) : out_{&out}, start_{out.size()} {
    out_->append(batch_header_size, '\0');
}

void batch_builder::add(const new_record& record) {
    if (record_count_ == 0) {
        base_timestamp_ms_ = record.timestamp_ms;
        max_timestamp_ms_ = record.timestamp_ms;
    }
    max_timestamp_ms_ = std::max(max_timestamp_ms_, record.timestamp_ms);
    const auto delta = static_cast<std::uint64_t>(record.timestamp_ms) -
                       static_cast<std::uint64_t>(base_timestamp_ms_);
    append_record(*out_, static_cast<std::int64_t>(delta), record_count_, record.key, record.body);
    ++record_count_;
}

std::size_t batch_builder::size() const {
    return out_->size() - start_;
}

void batch_builder::finish(log_offset base_offset, const batch_identity& identity) {
    write_header(base_offset, identity, 0);
}

void batch_builder::finish_with_log_append_time(log_offset base_offset) {
    BKES_ASSERT(base_timestamp_ms_ == max_timestamp_ms_);
    write_header(base_offset, {}, log_append_time_bit);
}

void batch_builder::write_header(log_offset base_offset, const batch_identity& identity,
                                 std::int16_t attributes) {
    BKES_ASSERT(record_count_ > 0);
    BKES_ASSERT(size() <= std::size_t{std::numeric_limits<std::int32_t>::max()});
    bytes encoded;
    encoded.reserve(batch_header_size);
    writer to{encoded};
    to.i64(base_offset.value());
    to.i32(static_cast<std::int32_t>(size() - batch_prefix_size));
    to.i32(unknown_leader_epoch.value());
    to.i8(batch_header{}.magic);
    to.u32(0);           // the CRC, below
    to.i16(attributes);  // uncompressed
    to.i32(record_count_ - 1);
    to.i64(base_timestamp_ms_);
    to.i64(max_timestamp_ms_);
    to.i64(identity.producer.value());
    to.i16(identity.epoch.value());
    to.i32(identity.base_sequence.value());
    to.i32(record_count_);
    BKES_ASSERT(encoded.size() == batch_header_size);
    const auto batch = std::span{*out_}.subspan(start_);
    std::ranges::copy(encoded, batch.begin());
    put_crc(batch);
}

void stamp_batch(std::span<char> batch, const batch_identity& identity) {
    BKES_ASSERT(batch.size() >= batch_header_size);
    put(batch, batch_at::producer, identity.producer.value());
    put(batch, batch_at::epoch, identity.epoch.value());
    put(batch, batch_at::base_sequence, identity.base_sequence.value());
    put_crc(batch);
}

void place_batch(std::span<char> batch, log_offset base_offset, leader_epoch epoch) {
    BKES_ASSERT(batch.size() >= batch_header_size);
    put(batch, batch_at::base_offset, base_offset.value());
    put(batch, batch_at::leader_epoch, epoch.value());
}

}  // namespace bkes::protocol
