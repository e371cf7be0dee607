#pragma once
// When an instance has a partition whose ownership is shared, one tenure after the other:
//
//   none --the group wants it--> held --fenced--> ending --all under way is decided--> none
//
// Each has a sequencer and an appender of its own, which know nothing of those before: meanwhile
// others wrote, and answered.
//
// Pure: no I/O, no clock. Any thread may ask `is_held`; the rest belongs to the partition's.

#include "sync/partition/assignment.hpp"
#include "sync/sequencer/sequencer.hpp"

#include <atomic>
#include <cstdint>

namespace bkes::sync {

class tenure {
  public:
    /// Nothing was begun that isn't at its end.
    [[nodiscard]] static bool is_settled(const sequencer_counts& left) {
        return left.in_flight_batches == 0 && left.unstored_batches == 0 &&
               left.redirected_appends == 0;
    }

    /// Where nothing is shared there is one, without an end.
    explicit tenure(bool is_shared) : state_{is_shared ? state::none : state::held} {}

    /// Appends are judged here.
    [[nodiscard]] bool is_held() const { return state_ == state::held; }

    [[nodiscard]] bool is_ending() const { return state_ == state::ending; }

    /// True: one begins, so take over.
    [[nodiscard]] bool begin(const assignment& group) {
        if (state_ != state::none || !group.is_wanted()) {
            return false;
        }
        state_ = state::held;
        return true;
    }

    /// Another instance took over.
    void lost() { state_ = state::ending; }

    /// What is left of it may wait for a marker of whoever took over. If he is gone before he wrote
    /// one, it is for the next owner to do it, and that is this instance.
    [[nodiscard]] bool decides_itself(const assignment& group) const {
        return state_ == state::ending && group.is_wanted();
    }

    /// True: it ended, with nothing left in its sequencer.
    [[nodiscard]] bool end(const sequencer_counts& left) {
        if (state_ != state::ending || !is_settled(left)) {
            return false;
        }
        state_ = state::none;
        return true;
    }

  private:
    enum class state : std::uint8_t { none, held, ending };

    std::atomic<state> state_;
};

}  // namespace bkes::sync
