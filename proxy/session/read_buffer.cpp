#include "proxy/session/read_buffer.hpp"

#include "protocol/core/assert.hpp"

#include <algorithm>
#include <cstring>

namespace bkes::proxy {

namespace {

/// After so many rounds without need of it, large room is given back.
constexpr std::uint8_t quiet_rounds_max = 16;

}  // namespace

std::size_t read_buffer::target_capacity(std::size_t wanted) const {
    const auto unread_bytes = end_ - begin_;
    const auto believed = std::min(wanted, std::max(busy_bytes, 2 * unread_bytes));
    const auto at_least = is_busy_ ? busy_bytes : resting_bytes;
    return std::max({believed, at_least, unread_bytes + 1});
}

bool read_buffer::is_oversized(std::size_t target) {
    if (!empty() || capacity_ <= target) {
        quiet_rounds_ = 0;
        return false;
    }
    return ++quiet_rounds_ >= quiet_rounds_max;
}

std::span<char> read_buffer::prepare(std::size_t wanted) {
    const auto target = target_capacity(wanted);
    if (capacity_ < target || is_oversized(target)) {
        resize(target);
    } else if (begin_ > 0 && begin_ + target > capacity_) {
        std::memmove(storage_.get(), storage_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return {storage_.get() + end_, capacity_ - end_};
}

void read_buffer::commit(std::size_t count) {
    BKES_ASSERT(end_ + count <= capacity_);
    end_ += count;
    is_busy_ = end_ == capacity_ || count > resting_bytes;
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
    // Not zeroed: pages that no byte was read into cost nothing.
    auto fresh = std::make_unique_for_overwrite<char[]>(capacity);
    if (!empty()) {
        std::memcpy(fresh.get(), storage_.get() + begin_, end_ - begin_);
    }
    end_ -= begin_;
    begin_ = 0;
    storage_ = std::move(fresh);
    capacity_ = capacity;
    quiet_rounds_ = 0;
}

}  // namespace bkes::proxy
