#pragma once
// Appends Kafka's primitives to a string the caller owns. The counterpart of reader.hpp; a length
// that Kafka's type can't hold is a bug of ours and asserts.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <boost/endian/conversion.hpp>

#include <cstdint>
#include <optional>

namespace bkes::protocol {

class writer {
  public:
    explicit writer(bytes& out) : out_{&out} {}

    /// Bytes in the target so far: the place of the next field.
    [[nodiscard]] std::size_t position() const { return out_->size(); }

    void raw(bytes_view data) { out_->append(data); }

    void i8(std::int8_t value) { big_endian(value); }

    void i16(std::int16_t value) { big_endian(value); }

    void u16(std::uint16_t value) { big_endian(value); }

    void i32(std::int32_t value) { big_endian(value); }

    void u32(std::uint32_t value) { big_endian(value); }

    void i64(std::int64_t value) { big_endian(value); }

    void f64(double value);
    void topic_uuid(const uuid& id);

    void boolean(bool value) { i8(value ? 1 : 0); }

    void uvarint(std::uint32_t value) { uvarlong(value); }

    void uvarlong(std::uint64_t value);
    void varint(std::int32_t value);
    void varlong(std::int64_t value);

    void nullable_string(std::optional<bytes_view> value);
    void nullable_bytes(std::optional<bytes_view> value);
    void compact_nullable(std::optional<bytes_view> value);

    void string(bytes_view value) { nullable_string(value); }

    void compact_string(bytes_view value) { compact_nullable(value); }

    /// Number of elements, -1 = null.
    void array_length(std::int32_t length) { i32(length); }

    void compact_array_length(std::int32_t length) {
        uvarint(static_cast<std::uint32_t>(length + 1));
    }

    /// Overwrites four bytes written before, for a length that is known only afterwards.
    void patch_i32(std::size_t position, std::int32_t value);

  private:
    template <class T>
    void big_endian(T value) {
        unsigned char raw[sizeof(T)];
        boost::endian::endian_store<T, sizeof(T), boost::endian::order::big>(raw, value);
        out_->append(reinterpret_cast<const char*>(raw), sizeof(T));
    }

    bytes* out_;
};

}  // namespace bkes::protocol
