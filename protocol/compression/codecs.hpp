#pragma once
// The four codecs behind protocol/compression/compression.hpp, one .cpp each. See there for what
// they promise.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"

#include <cstddef>

namespace bkes::protocol {

result<bytes> gzip_decompress(bytes_view data, std::size_t expanded_bytes_max);
result<bytes> snappy_decompress(bytes_view data, std::size_t expanded_bytes_max);
result<bytes> lz4_decompress(bytes_view data, std::size_t expanded_bytes_max);
result<bytes> zstd_decompress(bytes_view data, std::size_t expanded_bytes_max);

bytes gzip_compress(bytes_view data);
bytes snappy_compress(bytes_view data);
bytes lz4_compress(bytes_view data);
bytes zstd_compress(bytes_view data);

}  // namespace bkes::protocol
