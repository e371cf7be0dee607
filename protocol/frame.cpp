#include "protocol/frame.hpp"

#include "protocol/core/assert.hpp"
#include "protocol/wire/reader.hpp"

#include <limits>

namespace bkes::protocol {

namespace {

/// A TLS record of type handshake (22), versions SSL 3.0 to TLS 1.3.
bool looks_like_tls(bytes_view prefix) {
    return prefix[0] == 0x16 && prefix[1] == 0x03 && static_cast<unsigned char>(prefix[2]) <= 0x04;
}

}  // namespace

frame_size read_frame_size(bytes_view prefix, std::size_t frame_bytes_max) {
    BKES_ASSERT(prefix.size() == frame_prefix_size);
    const auto size = reader{prefix}.i32();
    if (size < 0) {
        return {.fault = frame_fault::negative_size};
    }
    if (static_cast<std::size_t>(size) > frame_bytes_max) {
        return {.fault = looks_like_tls(prefix) ? frame_fault::tls_hello : frame_fault::too_large};
    }
    return {.bytes = static_cast<std::size_t>(size)};
}

std::array<char, frame_prefix_size> frame_prefix(std::size_t bytes) {
    BKES_ASSERT(bytes <= std::size_t{std::numeric_limits<std::int32_t>::max()});
    return {static_cast<char>(bytes >> 24U), static_cast<char>(bytes >> 16U),
            static_cast<char>(bytes >> 8U), static_cast<char>(bytes)};
}

}  // namespace bkes::protocol
