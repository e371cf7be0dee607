#pragma once
// A number that can't be mixed up with another one: offsets, orders and partition numbers are all
// integers, and a wrong one in the wrong place would be a lost event.

#include <compare>
#include <cstdint>
#include <functional>

namespace bkes {

/// `Tag` makes the type unique, `Rep` holds the number. Conversion from and to `Rep` is explicit.
template <class Tag, class Rep>
class strong_id {
  public:
    using rep = Rep;

    constexpr strong_id() = default;

    constexpr explicit strong_id(Rep value) : value_{value} {}

    [[nodiscard]] constexpr Rep value() const { return value_; }

    friend constexpr auto operator<=>(strong_id, strong_id) = default;

    /// The id `count` places further on; offsets and orders are counted with it.
    [[nodiscard]] friend constexpr strong_id operator+(strong_id id, Rep count) {
        return strong_id{static_cast<Rep>(id.value_ + count)};
    }

    /// How far `to` is behind `from`.
    [[nodiscard]] friend constexpr Rep operator-(strong_id to, strong_id from) {
        return static_cast<Rep>(to.value_ - from.value_);
    }

  private:
    Rep value_{};
};

}  // namespace bkes

template <class Tag, class Rep>
struct std::hash<bkes::strong_id<Tag, Rep>> {
    std::size_t operator()(bkes::strong_id<Tag, Rep> id) const noexcept {
        return std::hash<Rep>{}(id.value());
    }
};
