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

    /// A partition has been taken over (where ownership is shared: by whoever has it), and the store
    /// holds its log. Once each; those that were
    /// added to an open gate don't count.
    void arrive() {
        auto missing = missing_.load();
        while (missing > 0 && !missing_.compare_exchange_weak(missing, missing - 1)) {
        }
    }

    /// Where ownership is shared: until the instances agree where new keys live. Before any arrives.
    void await_rule() { awaits_rule_ = true; }

    void rule_agreed() { awaits_rule_ = false; }

    [[nodiscard]] bool is_open() const { return missing_ == 0 && !awaits_rule_; }

  private:
    std::atomic<std::size_t> missing_{0};
    std::atomic<bool> awaits_rule_{false};
};

}  // namespace bkes::sync
