#include "protocol/wire/writer.hpp"

#include "protocol/core/assert.hpp"

#include <bit>
#include <limits>

namespace bkes::protocol {

void writer::f64(double value) {
    i64(std::bit_cast<std::int64_t>(value));
}

void writer::topic_uuid(const uuid& id) {
    out_->append(reinterpret_cast<const char*>(id.octets.data()), id.octets.size());
}

void writer::uvarlong(std::uint64_t value) {
    char octets[10];
    std::size_t count = 0;
    while (value >= 0x80U) {
        octets[count++] = static_cast<char>((value & 0x7fU) | 0x80U);
        value >>= 7U;
    }
    octets[count++] = static_cast<char>(value);
    out_->append(octets, count);
}

void writer::varint(std::int32_t value) {
    varlong(value);
}

void writer::varlong(std::int64_t value) {
    // Zig-zag: the sign moves to the lowest bit, so that small negative numbers stay short.
    uvarlong((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63));
}

void writer::nullable_string(std::optional<bytes_view> value) {
    if (!value) {
        i16(-1);
        return;
    }
    BKES_ASSERT(value->size() <= std::size_t{std::numeric_limits<std::int16_t>::max()});
    i16(static_cast<std::int16_t>(value->size()));
    raw(*value);
}

void writer::nullable_bytes(std::optional<bytes_view> value) {
    if (!value) {
        i32(-1);
        return;
    }
    BKES_ASSERT(value->size() <= std::size_t{std::numeric_limits<std::int32_t>::max()});
    i32(static_cast<std::int32_t>(value->size()));
    raw(*value);
}

void writer::compact_nullable(std::optional<bytes_view> value) {
    if (!value) {
        uvarint(0);
        return;
    }
    BKES_ASSERT(value->size() < std::size_t{std::numeric_limits<std::uint32_t>::max()});
    uvarint(static_cast<std::uint32_t>(value->size() + 1));
    raw(*value);
}

void writer::patch_i32(std::size_t position, std::int32_t value) {
    BKES_ASSERT(position + sizeof value <= out_->size());
    boost::endian::endian_store<std::int32_t, sizeof value, boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(out_->data() + position), value);
}

}  // namespace bkes::protocol
