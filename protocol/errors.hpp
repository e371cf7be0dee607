#pragma once
// What decoding the bytes of a peer can fail with.

#include <system_error>

namespace bkes::protocol {

enum class protocol_errc {
    malformed = 1,         ///< truncated, lying length, left-over bytes
    unsupported_version,   ///< an API or version that bkes doesn't know
    field_not_in_version,  ///< encoding a non-default field that the version lacks
    field_too_long,        ///< encoding a string that Kafka's length can't hold
    unsupported_magic,     ///< a message set of magic 0 or 1
    bad_crc,
    bad_compression,    ///< unknown codec, or a stream its codec refuses
    expands_too_far,    ///< more decompressed bytes than allowed
    too_many_elements,  ///< arrays that would take more memory than allowed
    frame_too_large,
};

const std::error_category& protocol_category();
std::error_code make_error_code(protocol_errc code);

}  // namespace bkes::protocol

template <>
struct std::is_error_code_enum<bkes::protocol::protocol_errc> : std::true_type {};
