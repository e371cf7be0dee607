#pragma once
// CRC-32C (Castagnoli), the checksum of record batches.
//
// It runs over every byte that bkes appends, so it takes the SSE4.2 instruction where the processor
// has it (decided once, at run time) and a table of 8 KiB elsewhere. Our own, since Debian packages
// no CRC-32C library (google/crc32c and the like). Pure functions, any thread.

#include "protocol/core/bytes.hpp"

#include <cstdint>

namespace bkes::protocol {

/// The checksum of `data`.
[[nodiscard]] std::uint32_t crc32c(bytes_view data);

/// The checksum of what `before` is the checksum of with `data` behind it.
[[nodiscard]] std::uint32_t crc32c_continued(std::uint32_t before, bytes_view data);

/// The same without the instruction: what processors without SSE4.2 run, and what tests compare
/// with.
[[nodiscard]] std::uint32_t crc32c_by_table(bytes_view data);

}  // namespace bkes::protocol
