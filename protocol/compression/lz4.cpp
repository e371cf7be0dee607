#include "protocol/compression/bounded_output.hpp"
#include "protocol/compression/codecs.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/errors.hpp"

#include <lz4frame.h>

namespace bkes::protocol {

namespace {

/// One per thread: it keeps the buffers of the largest block seen (at most 4 MiB, lz4's own limit).
class frame_decompressor {
  public:
    frame_decompressor() {
        BKES_ASSERT(!LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)));
    }

    ~frame_decompressor() { LZ4F_freeDecompressionContext(context_); }

    frame_decompressor(const frame_decompressor&) = delete;
    frame_decompressor& operator=(const frame_decompressor&) = delete;

    LZ4F_dctx* fresh() {
        LZ4F_resetDecompressionContext(context_);
        return context_;
    }

  private:
    LZ4F_dctx* context_ = nullptr;
};

}  // namespace

result<bytes> lz4_decompress(bytes_view data, std::size_t expanded_bytes_max) {
    thread_local frame_decompressor kept;
    auto* context = kept.fresh();
    bounded_output out{data.size(), expanded_bytes_max};
    while (true) {
        const auto room = out.room();
        auto produced = room.size();
        auto consumed = data.size();
        const auto expected_next =
            LZ4F_decompress(context, room.data(), &produced, data.data(), &consumed, nullptr);
        if (LZ4F_isError(expected_next)) {
            return failure{protocol_errc::bad_compression};
        }
        data.remove_prefix(consumed);
        out.wrote(produced);
        if (out.overflowed()) {
            return failure{protocol_errc::expands_too_far};
        }
        if (expected_next == 0 && data.empty()) {  // a frame ended, and no other follows
            return out.take();
        }
        if (consumed + produced == 0) {
            return failure{protocol_errc::bad_compression};
        }
    }
}

bytes lz4_compress(bytes_view data) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    bytes out(LZ4F_compressFrameBound(data.size(), &preferences), '\0');
    const auto size =
        LZ4F_compressFrame(out.data(), out.size(), data.data(), data.size(), &preferences);
    BKES_ASSERT(!LZ4F_isError(size));
    out.resize(size);
    return out;
}

}  // namespace bkes::protocol
