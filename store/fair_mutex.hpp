#pragma once
// A mutex whose holder can't take it again before somebody who waits for it: long work that frees
// it now and then really lets others go first. (An unlocked std::mutex goes to whoever is fastest,
// and that is the thread that has just unlocked it.)

#include <mutex>

namespace bkes::store {

class fair_mutex {
  public:
    void lock() {
        const std::lock_guard turn{turn_};
        mutex_.lock();
    }

    void unlock() { mutex_.unlock(); }

  private:
    std::mutex turn_;  ///< held by the one that is next
    std::mutex mutex_;
};

}  // namespace bkes::store
