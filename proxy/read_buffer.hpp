#pragma once
// The bytes read from one socket and not yet used.
//
//   [ used | unread: whole frames and the beginning of one | free ]
//          ^ begin_                                        ^ end_
//
// Grows only to what the caller asks for (a frame whose length was checked), and goes back to its
// resting size when it is empty, so that an idle connection costs little. A view of `unread()` is
// valid until the next `prepare`. Belongs to one session, used on its thread only.

#include "protocol/core/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace bkes::proxy {

class read_buffer {
  public:
    static constexpr std::size_t resting_bytes = std::size_t{4} << 10U;
    static constexpr std::size_t busy_bytes = std::size_t{256} << 10U;

    [[nodiscard]] bytes_view unread() const { return {storage_.data() + begin_, end_ - begin_}; }

    /// The first `at_most` unread bytes, to be changed in place.
    [[nodiscard]] std::span<char> unread_for_change(std::size_t at_most) {
        return {storage_.get() + begin_, std::min(at_most, end_ - begin_)};
    }

    [[nodiscard]] bool empty() const { return begin_ == end_; }

    /// Room for at least one byte, and for a frame of `wanted` bytes as a whole.
    std::span<char> prepare(std::size_t wanted);

    /// `count` bytes were read into what `prepare` gave.
    void commit(std::size_t count);

    /// The first `count` unread bytes are done with.
    void consume(std::size_t count);

  private:
    void resize(std::size_t capacity);

    std::vector<char> storage_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool filled_up_ = false;  ///< the last read used all room: a busy connection
};

}  // namespace bkes::proxy
