#pragma once
// The dotted names of the structs and arrays that a walk is inside of, kept in place:
// "topics.partitions.".

#include "protocol/core/assert.hpp"

#include <array>
#include <cstring>
#include <string_view>

namespace bkes::protocol {

class field_path {
  public:
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

    /// Goes into the struct, or the array of structs, of that name. Give what it returns to
    /// `leave`.
    std::size_t enter(std::string_view name) {
        const auto parent = enter_elements(name);
        append(".");
        return parent;
    }

    /// Goes into an array of strings, whose elements have no names.
    std::size_t enter_elements(std::string_view name) {
        const auto parent = size_;
        append(name);
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
