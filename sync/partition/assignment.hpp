#pragma once
// Whether this instance may try to own a partition, as the group says (contract section 8). The
// group only proposes, and may be late, wrong or split; the fence decides. So an instance that was
// fenced while the partition was assigned to it waits for a look at the group that was taken after
// that: two that both believe to be meant would take over from each other for ever.
//
// Pure: no I/O, no clock, no threads.

#include "sync/fencing/boot_clock.hpp"

namespace bkes::sync {

class assignment {
  public:
    using time_point = boot_clock::time_point;

    void assigned() { is_assigned_ = true; }

    /// What is owned is kept until somebody else takes it over: he serves sooner than if it were
    /// given up before he is there.
    void revoked(time_point now) {
        is_assigned_ = false;
        revoked_at_ = now;
    }

    /// Another instance took over.
    void lost(time_point now) { doubted_at_ = now; }

    /// The group, asked for at `asked_at`, shows the partition as ours. It may have been given before
    /// there was anybody to hear of it: a partition that is new, a topic that was made anew.
    void seen_as_ours(time_point asked_at) {
        if (asked_at > doubted_at_) {
            doubted_at_ = time_point::min();
        }
        is_assigned_ = is_assigned_ || asked_at > revoked_at_;
    }

    /// To be taken over, if it isn't owned.
    [[nodiscard]] bool is_wanted() const {
        return is_assigned_ && doubted_at_ == time_point::min();
    }

  private:
    bool is_assigned_ = false;
    time_point doubted_at_ = time_point::min();
    time_point revoked_at_ = time_point::min();
};

}  // namespace bkes::sync
