#pragma once
// Where a streaming decompressor writes to: grows by doubling, never past a limit.

#include "protocol/core/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace bkes::protocol {

/// Makes `data` that large without filling new bytes, for a decompressor to write into.
inline void resize_unfilled(bytes& data, std::size_t size) {
    // Not the size that is handed in: libstdc++ 12 rounds it up to the capacity it chose.
    data.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
}

class bounded_output {
  public:
    /// Starts with room for four times the compressed bytes, a common ratio for events.
    bounded_output(std::size_t compressed_bytes, std::size_t bytes_max)
        : bytes_max_{std::min(bytes_max, out_.max_size() - 1)} {
        grow_to(std::max<std::size_t>(512, 4 * compressed_bytes));
    }

    /// Free space to write into. Never empty before `overflowed()`: one byte more than the limit is
    /// given out, so that a stream that ends exactly there is told from one that goes on.
    std::span<char> room() {
        if (used_ == out_.size()) {
            grow_to(2 * out_.size());
        }
        return std::span{out_}.subspan(used_);
    }

    void wrote(std::size_t count) { used_ += count; }

    [[nodiscard]] bool overflowed() const { return used_ > bytes_max_; }

    bytes take() {
        out_.resize(used_);
        return std::move(out_);
    }

  private:
    void grow_to(std::size_t size) { resize_unfilled(out_, std::min(size, bytes_max_ + 1)); }

    bytes out_;
    std::size_t used_ = 0;
    std::size_t bytes_max_;
};

}  // namespace bkes::protocol
