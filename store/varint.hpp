#pragma once
// Base-128 numbers of the on-disk grammar (format.hpp).

#include "protocol/core/bytes.hpp"

#include <cstdint>

namespace bkes::store {

inline constexpr std::size_t varint_bytes_max = 10;

/// `out` has room for `varint_bytes_max`; returns the byte after the last one written.
inline char* put_uvar(char* out, std::uint64_t value) {
    while (value >= 0x80) {
        *out++ = static_cast<char>(value | 0x80);
        value >>= 7U;
    }
    *out++ = static_cast<char>(value);
    return out;
}

/// Small numbers of either sign become small unsigned ones.
inline std::uint64_t to_zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
}

inline std::int64_t from_zigzag(std::uint64_t value) {
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

/// Takes numbers off the front of a view; after the first violation everything is 0 and `failed`.
class varint_reader {
  public:
    explicit varint_reader(bytes_view data) : rest_{data} {}

    std::uint64_t uvar() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto octet = static_cast<std::uint8_t>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(octet & 0x7FU) << shift;
            if (octet < 0x80) {
                return value;
            }
        }
        fail();
        return 0;
    }

    std::int64_t svar() { return from_zigzag(uvar()); }

    /// A number that must not be above `max`.
    std::int64_t below(std::uint64_t max) {
        const auto value = uvar();
        if (value > max) {
            fail();
            return 0;
        }
        return static_cast<std::int64_t>(value);
    }

    bytes_view raw(std::size_t size) {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    [[nodiscard]] bytes_view rest() const { return rest_; }

    [[nodiscard]] bool failed() const { return failed_; }

  private:
    void fail() {
        failed_ = true;
        rest_ = {};
    }

    bytes_view rest_;
    bool failed_ = false;
};

}  // namespace bkes::store
