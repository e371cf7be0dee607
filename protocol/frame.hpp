#pragma once
// The four bytes in front of every request and response: its size, big-endian, without themselves.

#include "protocol/core/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace bkes::protocol {

inline constexpr std::size_t frame_prefix_size = 4;

enum class frame_fault : std::uint8_t {
    none,
    negative_size,
    too_large,
    tls_hello,  ///< the peer speaks TLS; read as a size it is far over any sane limit
};

struct frame_size {
    frame_fault fault = frame_fault::none;
    std::size_t bytes = 0;  ///< what follows the prefix; 0 on a fault
};

/// Judges the first four bytes before anything is reserved for what follows. `prefix` has exactly
/// frame_prefix_size bytes.
[[nodiscard]] frame_size read_frame_size(bytes_view prefix, std::size_t frame_bytes_max);

/// The prefix of a frame whose header and body take `bytes`, which fit 31 bits.
[[nodiscard]] std::array<char, frame_prefix_size> frame_prefix(std::size_t bytes);

}  // namespace bkes::protocol
