#include "protocol/compression/bounded_output.hpp"
#include "protocol/compression/codecs.hpp"
#include "protocol/core/assert.hpp"
#include "protocol/errors.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>

namespace bkes::protocol {

namespace {

struct free_context {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }

    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

/// How much room to try first: what the first frame claims, else a common ratio; within the limit.
std::size_t first_guess(bytes_view data, std::size_t limit) {
    const auto claimed = ZSTD_getFrameContentSize(data.data(), data.size());
    const bool known = claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed != ZSTD_CONTENTSIZE_ERROR;
    const auto guess = known ? claimed : std::max<std::size_t>(4096, 8 * data.size());
    return std::clamp<std::size_t>(guess, 1, limit);
}

}  // namespace

// Straight into the output and again with more room if that was too little, instead of zstd's
// streaming: a stream allocates the window that its first bytes ask for, up to 128 MiB, before
// anything is known to deserve it. The output itself is all the window that is needed here.
result<bytes> zstd_decompress(bytes_view data, std::size_t expanded_bytes_max) {
    thread_local const std::unique_ptr<ZSTD_DCtx, free_context> context{ZSTD_createDCtx()};
    BKES_ASSERT(context != nullptr);
    bytes out;
    // A byte more than allowed tells "ends exactly there" from "goes on".
    const auto limit = std::min(expanded_bytes_max, out.max_size() - 1) + 1;
    auto room = first_guess(data, limit);
    while (true) {
        out.clear();  // so that growing copies nothing
        resize_unfilled(out, room);
        const auto size =
            ZSTD_decompressDCtx(context.get(), out.data(), room, data.data(), data.size());
        if (ZSTD_isError(size) == 0U) {
            if (size > expanded_bytes_max) {
                return failure{protocol_errc::expands_too_far};
            }
            out.resize(size);
            return out;
        }
        if (ZSTD_getErrorCode(size) != ZSTD_error_dstSize_tooSmall) {
            return failure{protocol_errc::bad_compression};
        }
        if (room == limit) {
            return failure{protocol_errc::expands_too_far};
        }
        room = room > limit / 4 ? limit : 4 * room;
    }
}

bytes zstd_compress(bytes_view data) {
    thread_local const std::unique_ptr<ZSTD_CCtx, free_context> context{ZSTD_createCCtx()};
    BKES_ASSERT(context != nullptr);
    bytes out(ZSTD_compressBound(data.size()), '\0');
    const auto size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), data.data(),
                                        data.size(), ZSTD_CLEVEL_DEFAULT);
    BKES_ASSERT(ZSTD_isError(size) == 0U);
    out.resize(size);
    return out;
}

}  // namespace bkes::protocol
