#include "protocol/compression/bounded_output.hpp"
#include "protocol/compression/codecs.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/errors.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace bkes::protocol {

namespace {

constexpr int gzip_window_bits = 15 + 16;  // 16: gzip's header and trailer, nothing else
constexpr int memory_level = 8;            // zlib's default

/// zlib counts in 32 bits.
uInt clamped(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

Bytef* input(const char* data) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(data));
}

/// One per thread: its window of 32 KiB is allocated once.
class inflater {
  public:
    inflater() { BKES_ASSERT(inflateInit2(&stream_, gzip_window_bits) == Z_OK); }

    ~inflater() { inflateEnd(&stream_); }

    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    z_stream& fresh() {
        inflateReset(&stream_);
        return stream_;
    }

  private:
    z_stream stream_{};
};

class deflater {
  public:
    deflater() {
        BKES_ASSERT(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits,
                                 memory_level, Z_DEFAULT_STRATEGY) == Z_OK);
    }

    ~deflater() { deflateEnd(&stream_); }

    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;

    z_stream& fresh() {
        deflateReset(&stream_);
        return stream_;
    }

  private:
    z_stream stream_{};
};

}  // namespace

result<bytes> gzip_decompress(bytes_view data, std::size_t expanded_bytes_max) {
    thread_local inflater context;
    auto& stream = context.fresh();
    bounded_output out{data.size(), expanded_bytes_max};
    while (true) {
        const auto room = out.room();
        stream.next_in = input(data.data());
        stream.avail_in = clamped(data.size());
        stream.next_out = reinterpret_cast<Bytef*>(room.data());
        stream.avail_out = clamped(room.size());
        const auto offered_in = stream.avail_in;
        const auto offered_out = stream.avail_out;
        const int status = inflate(&stream, Z_NO_FLUSH);
        const std::size_t consumed = offered_in - stream.avail_in;
        const std::size_t produced = offered_out - stream.avail_out;
        data.remove_prefix(consumed);
        out.wrote(produced);
        if (out.overflowed()) {
            return failure{protocol_errc::expands_too_far};
        }
        if (status == Z_STREAM_END) {
            if (data.empty()) {
                return out.take();
            }
            inflateReset(&stream);  // another member follows
        } else if (status != Z_OK || consumed + produced == 0) {
            return failure{protocol_errc::bad_compression};
        }
    }
}

bytes gzip_compress(bytes_view data) {
    thread_local deflater context;
    auto& stream = context.fresh();
    BKES_ASSERT(data.size() <= std::numeric_limits<uInt>::max());
    bytes out(deflateBound(&stream, data.size()), '\0');
    stream.next_in = input(data.data());
    stream.avail_in = clamped(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = clamped(out.size());
    BKES_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    return out;
}

}  // namespace bkes::protocol
