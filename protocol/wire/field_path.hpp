#pragma once
// The dotted name of the field a walk stands at, kept in place: "topics.partitions.index".

#include "protocol/core/assert.hpp"

#include <array>
#include <cstring>
#include <string_view>

namespace bkes::protocol {

class field_path {
  public:
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

    /// Appends a name; give what it returns to `leave`.
    std::size_t enter(std::string_view name) {
        const auto parent = size_;
        if (size_ != 0) {
            append(".");
        }
        append(name);
        return parent;
    }

    /// Marks an element of an array of strings. Structs in arrays don't show it.
    std::size_t enter_element() {
        const auto parent = size_;
        append("[]");
        return parent;
    }

    void leave(std::size_t parent) { size_ = parent; }

  private:
    void append(std::string_view name) {
        BKES_ASSERT(name.size() <= text_.size() - size_);  // field names are ours
        std::memcpy(text_.data() + size_, name.data(), name.size());
        size_ += name.size();
    }

    std::array<char, 160> text_;
    std::size_t size_ = 0;
};

}  // namespace bkes::protocol
