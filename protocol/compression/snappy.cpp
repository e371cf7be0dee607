#include "protocol/compression/bounded_output.hpp"
#include "protocol/compression/codecs.hpp"
#include "protocol/errors.hpp"
#include "protocol/wire/reader.hpp"
#include "protocol/wire/writer.hpp"

#include <snappy.h>

namespace bkes::protocol {

namespace {

// xerial's framing (org.xerial.snappy.SnappyOutputStream): this magic, two i32 version numbers,
// then blocks, each behind its i32 size.
constexpr bytes_view xerial_magic{"\x82SNAPPY\0", 8};
constexpr std::size_t xerial_header_size = 16;
constexpr std::int32_t xerial_version = 1;
constexpr std::size_t xerial_block_size = std::size_t{32} << 10U;

/// Snappy's densest element is three bytes that copy 64. A block that claims more lies, and no
/// memory is taken for it.
constexpr std::size_t densest_bytes = 3;
constexpr std::size_t densest_expands_to = 64;

std::error_code append_block(bytes_view block, bytes& out, std::size_t expanded_bytes_max) {
    std::size_t expanded = 0;
    if (!snappy::GetUncompressedLength(block.data(), block.size(), &expanded) ||
        expanded / densest_expands_to > block.size() / densest_bytes) {
        return protocol_errc::bad_compression;
    }
    if (expanded > expanded_bytes_max - out.size()) {
        return protocol_errc::expands_too_far;
    }
    const auto before = out.size();
    resize_unfilled(out, before + expanded);
    if (!snappy::RawUncompress(block.data(), block.size(), out.data() + before)) {
        return protocol_errc::bad_compression;
    }
    return {};
}

}  // namespace

result<bytes> snappy_decompress(bytes_view data, std::size_t expanded_bytes_max) {
    bytes out;
    if (!data.starts_with(xerial_magic)) {
        if (const auto error = append_block(data, out, expanded_bytes_max)) {
            return failure{error};
        }
        return out;
    }
    while (!data.empty()) {
        if (data.starts_with(xerial_magic)) {  // again where streams stand one behind the other
            if (data.size() < xerial_header_size) {
                return failure{protocol_errc::bad_compression};
            }
            data.remove_prefix(xerial_header_size);
            continue;
        }
        reader in{data};
        const auto block = in.nullable_bytes();
        if (in.failed() || !block) {
            return failure{protocol_errc::bad_compression};
        }
        data.remove_prefix(in.position());
        if (const auto error = append_block(*block, out, expanded_bytes_max)) {
            return failure{error};
        }
    }
    return out;
}

bytes snappy_compress(bytes_view data) {
    bytes out;
    writer to{out};
    to.raw(xerial_magic);
    to.i32(xerial_version);
    to.i32(xerial_version);  // the oldest version that can read it
    std::string block;
    while (!data.empty()) {
        const auto chunk = data.substr(0, xerial_block_size);
        snappy::Compress(chunk.data(), chunk.size(), &block);
        to.nullable_bytes(block);
        data.remove_prefix(chunk.size());
    }
    return out;
}

}  // namespace bkes::protocol
