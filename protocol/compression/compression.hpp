#pragma once
// The compressions of Kafka's record batches, with a hard limit on what they may expand to.
//
// All four take what any client writes: gzip of several members; snappy in xerial's framing (Java
// and most others) and as one bare block (librdkafka, franz-go); lz4 frames with linked or
// independent blocks of any size; zstd with or without content size; lz4 and zstd frames one behind
// the other. What follows the last frame is an error. Contexts are kept per thread and reused.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"

#include <cstddef>
#include <cstdint>

namespace bkes::protocol {

/// The number in a batch's attributes, bits 0-2; 5 to 7 are no codec.
enum class compression_codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

/// The original of `data`. Fails with bad_compression (unknown codec, corrupt, truncated, followed
/// by something else) or expands_too_far (more than `expanded_bytes_max`). Memory follows the bytes
/// produced and the limit, whatever size the data claims for itself. `none` copies.
[[nodiscard]] result<bytes> decompress(compression_codec codec, bytes_view data,
                                       std::size_t expanded_bytes_max);

/// `data` as Java's client would write it: gzip and zstd at their default levels, snappy in
/// xerial's framing, lz4 in independent blocks of 64 KiB (Java can't read linked ones).
[[nodiscard]] bytes compress(compression_codec codec, bytes_view data);

}  // namespace bkes::protocol
