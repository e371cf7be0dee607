#pragma once
// When so much is still to be read that the store is to be set for it (event_store::begin_fill). Pure:
// the states come in. Belongs to one thread.

#include <cstdint>

namespace bkes::sync {

class fill_watch {
  public:
    enum class change : std::uint8_t { none, begins, ends };

    /// `left`: offsets that partitions still have to read before they are served, all together.
    change update(std::int64_t left) {
        if (is_filling_ ? left > left_at_end : left < left_at_begin) {
            return change::none;
        }
        is_filling_ = !is_filling_;
        return is_filling_ ? change::begins : change::ends;
    }

  private:
    /// Less is read within a second or two, whatever the store does.
    static constexpr std::int64_t left_at_begin = 300'000;
    /// The last partition is about to be served.
    static constexpr std::int64_t left_at_end = 10'000;

    bool is_filling_ = false;
};

}  // namespace bkes::sync
