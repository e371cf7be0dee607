#pragma once
// The partitions of one topic begin to serve together: while one of them isn't known to its end, a
// key that lives there would pass for a new one in another. Any thread.

#include <atomic>
#include <cstddef>

namespace bkes::sync {

class topic_gate {
  public:
    /// Before any of them arrives.
    void expect(std::size_t partitions) { missing_ = partitions; }

    /// A partition has been taken over, and the store holds its log. Once each; those that were
    /// added to an open gate don't count.
    void arrive() {
        auto missing = missing_.load();
        while (missing > 0 && !missing_.compare_exchange_weak(missing, missing - 1)) {
        }
    }

    [[nodiscard]] bool is_open() const { return missing_ == 0; }

  private:
    std::atomic<std::size_t> missing_{0};
};

}  // namespace bkes::sync
