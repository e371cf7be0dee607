#include "proxy/read_buffer.hpp"

#include "protocol/core/assert.hpp"

#include <algorithm>
#include <cstring>

namespace bkes::proxy {

std::span<char> read_buffer::prepare(std::size_t wanted) {
    const auto target = std::max(wanted, filled_up_ ? busy_bytes : resting_bytes);
    const bool too_large_at_rest = empty() && storage_.size() > target;
    const bool too_small = storage_.size() < target;
    if (too_small || too_large_at_rest) {
        resize(target);
    } else if (begin_ > 0 && (empty() || begin_ + target > storage_.size())) {
        std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == storage_.size()) {  // a frame of exactly this size is unread, and more is wanted
        resize(storage_.size() * 2);
    }
    return {storage_.data() + end_, storage_.size() - end_};
}

void read_buffer::commit(std::size_t count) {
    BKES_ASSERT(end_ + count <= storage_.size());
    end_ += count;
    filled_up_ = end_ == storage_.size();
}

void read_buffer::consume(std::size_t count) {
    BKES_ASSERT(begin_ + count <= end_);
    begin_ += count;
    if (empty()) {
        begin_ = 0;
        end_ = 0;
    }
}

void read_buffer::resize(std::size_t capacity) {
    std::vector<char> larger(capacity);
    std::memcpy(larger.data(), storage_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    storage_.swap(larger);
}

}  // namespace bkes::proxy
