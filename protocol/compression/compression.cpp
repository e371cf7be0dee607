#include "protocol/compression/compression.hpp"

#include "protocol/compression/codecs.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/errors.hpp"

namespace bkes::protocol {

result<bytes> decompress(compression_codec codec, bytes_view data, std::size_t expanded_bytes_max) {
    switch (codec) {
        case compression_codec::none:
            if (data.size() > expanded_bytes_max) {
                return failure{protocol_errc::expands_too_far};
            }
            return bytes{data};
        case compression_codec::gzip:
            return gzip_decompress(data, expanded_bytes_max);
        case compression_codec::snappy:
            return snappy_decompress(data, expanded_bytes_max);
        case compression_codec::lz4:
            return lz4_decompress(data, expanded_bytes_max);
        case compression_codec::zstd:
            return zstd_decompress(data, expanded_bytes_max);
    }
    return failure{protocol_errc::bad_compression};
}

bytes compress(compression_codec codec, bytes_view data) {
    switch (codec) {
        case compression_codec::none:
            return bytes{data};
        case compression_codec::gzip:
            return gzip_compress(data);
        case compression_codec::snappy:
            return snappy_compress(data);
        case compression_codec::lz4:
            return lz4_compress(data);
        case compression_codec::zstd:
            return zstd_compress(data);
    }
    BKES_ASSERT(false);
    return {};
}

}  // namespace bkes::protocol
