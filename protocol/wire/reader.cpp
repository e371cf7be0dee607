#include "protocol/wire/reader.hpp"

#include <bit>
#include <cstring>
#include <limits>

namespace bkes::protocol {

namespace {

constexpr std::int64_t null_length = -1;

std::int64_t zig_zag_decode(std::uint64_t value) {
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

}  // namespace

double reader::f64() {
    return std::bit_cast<double>(i64());
}

uuid reader::topic_uuid() {
    uuid id;
    if (const auto raw = take(id.octets.size()); !raw.empty()) {
        std::memcpy(id.octets.data(), raw.data(), raw.size());
    }
    return id;
}

std::uint64_t reader::uvarlong() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto octet = static_cast<std::uint8_t>(i8());
        const std::uint64_t bits = octet & 0x7fU;
        if (shift == 63 && bits > 1) {  // more than 64 bits
            break;
        }
        value |= bits << shift;
        if ((octet & 0x80U) == 0) {
            return failed_ ? 0 : value;
        }
    }
    fail();
    return 0;
}

std::uint32_t reader::uvarint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 7) {
        const auto octet = static_cast<std::uint8_t>(i8());
        const std::uint32_t bits = octet & 0x7fU;
        if (shift == 28 && bits > 0xfU) {  // more than 32 bits
            break;
        }
        value |= bits << shift;
        if ((octet & 0x80U) == 0) {
            return failed_ ? 0 : value;
        }
    }
    fail();
    return 0;
}

std::int32_t reader::varint() {
    return static_cast<std::int32_t>(zig_zag_decode(uvarint()));
}

std::int64_t reader::varlong() {
    return zig_zag_decode(uvarlong());
}

std::optional<bytes_view> reader::nullable_string() {
    const auto length = i16();
    if (length < null_length) {
        fail();
    }
    if (failed_ || length == null_length) {
        return std::nullopt;
    }
    return take(static_cast<std::size_t>(length));
}

std::optional<bytes_view> reader::nullable_bytes() {
    const auto length = i32();
    if (length < null_length) {
        fail();
    }
    if (failed_ || length == null_length) {
        return std::nullopt;
    }
    return take(static_cast<std::size_t>(length));
}

std::optional<bytes_view> reader::compact_nullable() {
    const auto length_plus_one = uvarint();
    if (failed_ || length_plus_one == 0) {
        return std::nullopt;
    }
    return take(length_plus_one - 1);
}

bytes_view reader::string() {
    const auto value = nullable_string();
    if (!value) {
        fail();
    }
    return value.value_or(bytes_view{});
}

bytes_view reader::compact_string() {
    const auto value = compact_nullable();
    if (!value) {
        fail();
    }
    return value.value_or(bytes_view{});
}

std::int32_t reader::checked_array_length(std::int64_t length) {
    if (length < null_length || length > static_cast<std::int64_t>(left() + missing_bytes_)) {
        fail();
    }
    return failed_ ? 0 : static_cast<std::int32_t>(length);
}

std::int32_t reader::array_length() {
    return checked_array_length(i32());
}

std::int32_t reader::compact_array_length() {
    return checked_array_length(std::int64_t{uvarint()} - 1);
}

}  // namespace bkes::protocol
