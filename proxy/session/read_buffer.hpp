#pragma once
// The bytes read from one socket and not yet used.
//
//   [ used | unread: whole frames and the beginning of one | free ]
//          ^ begin_                                        ^ end_
//
// A frame's size is only a peer's word: room grows with the bytes that really arrive, to at most
// twice of them. An idle connection gives its room back, a busy one keeps it. A view of `unread()`
// is valid until the next `prepare`. Belongs to one session, used on its thread only.

#include "protocol/core/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace bkes::proxy {

class read_buffer {
  public:
    static constexpr std::size_t resting_bytes = std::size_t{4} << 10U;
    static constexpr std::size_t busy_bytes = std::size_t{256} << 10U;

    [[nodiscard]] bytes_view unread() const { return {storage_.get() + begin_, end_ - begin_}; }

    /// The first `at_most` unread bytes, to be changed in place.
    [[nodiscard]] std::span<char> unread_for_change(std::size_t at_most) {
        return {storage_.get() + begin_, std::min(at_most, end_ - begin_)};
    }

    [[nodiscard]] bool empty() const { return begin_ == end_; }

    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    /// Room for at least one byte more. `wanted`: size of the frame that the unread bytes begin.
    std::span<char> prepare(std::size_t wanted);

    /// `count` bytes were read into what `prepare` gave.
    void commit(std::size_t count);

    /// The first `count` unread bytes are done with.
    void consume(std::size_t count);

  private:
    [[nodiscard]] std::size_t target_capacity(std::size_t wanted) const;
    [[nodiscard]] bool is_oversized(std::size_t target);
    void resize(std::size_t capacity);

    std::unique_ptr<char[]> storage_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool is_busy_ = false;           ///< the last read used all room, or more than a quiet one has
    std::uint8_t quiet_rounds_ = 0;  ///< times in a row that much less room would have done
};

}  // namespace bkes::proxy
