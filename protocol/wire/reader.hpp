#pragma once
// A sticky bounded reader over one frame (the idea of franz-go's kbin.Reader).
//
// After the first read past the end, or the first bad length, every later read gives zero or empty
// and `failed()` stays true: decoders read straight through and check once at the end. Views it
// returns point into the bytes given to the constructor. Not thread-safe; cheap to copy.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <boost/endian/conversion.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bkes::protocol {

class reader {
  public:
    /// `missing_bytes`: bytes of the same frame that are not in `data`; only array lengths, which
    /// are checked against all that is left, are allowed for them.
    explicit reader(bytes_view data, std::size_t missing_bytes = 0)
        : begin_{data.data()},
          at_{begin_},
          end_{begin_ + data.size()},
          missing_bytes_{missing_bytes} {}

    [[nodiscard]] bool failed() const { return failed_; }

    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

    /// Bytes read so far: the place of the next field in the frame.
    [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }

    /// True if everything was read and nothing was wrong: the one check after decoding.
    [[nodiscard]] bool complete() const { return !failed_ && at_ == end_; }

    void fail() {
        failed_ = true;
        at_ = end_;
    }

    /// The next `count` bytes.
    bytes_view take(std::size_t count) {
        if (count > left()) {
            fail();
            return {};
        }
        const bytes_view taken{at_, count};
        at_ += count;
        return taken;
    }

    bytes_view rest() { return take(left()); }

    void skip(std::size_t count) { take(count); }

    std::int8_t i8() { return big_endian<std::int8_t>(); }

    std::int16_t i16() { return big_endian<std::int16_t>(); }

    std::uint16_t u16() { return big_endian<std::uint16_t>(); }

    std::int32_t i32() { return big_endian<std::int32_t>(); }

    std::uint32_t u32() { return big_endian<std::uint32_t>(); }

    std::int64_t i64() { return big_endian<std::int64_t>(); }

    double f64();
    uuid topic_uuid();

    bool boolean() { return i8() != 0; }

    /// Unsigned LEB128, at most 32 bits (lengths in flexible versions) or 64 bits.
    std::uint32_t uvarint();
    std::uint64_t uvarlong();
    /// Zig-zag signed varint (records), 32 or 64 bits.
    std::int32_t varint();
    std::int64_t varlong();

    /// Strings and bytes of the older versions: i16 or i32 length, -1 = null.
    std::optional<bytes_view> nullable_string();
    std::optional<bytes_view> nullable_bytes();
    /// The same in flexible versions: uvarint of length + 1, 0 = null.
    std::optional<bytes_view> compact_nullable();
    /// As above, where null is an error.
    bytes_view string();
    bytes_view compact_string();

    /// Number of elements, -1 = null. Fails when larger than the bytes left: each element takes at
    /// least one byte, so a lying length never reserves memory.
    std::int32_t array_length();
    std::int32_t compact_array_length();

  private:
    template <class T>
    T big_endian() {
        if (left() < sizeof(T)) {
            fail();
            return 0;
        }
        const auto value = boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(
            reinterpret_cast<const unsigned char*>(at_));
        at_ += sizeof(T);
        return value;
    }

    std::int32_t checked_array_length(std::int64_t length);

    const char* begin_;
    const char* at_;
    const char* end_;
    std::size_t missing_bytes_;
    bool failed_ = false;
};

}  // namespace bkes::protocol
