#pragma once
// How reads are answered by an instance that doesn't own the partition: it follows the log, asks the
// owner how far that is, and answers when its own store is as far. The owner says so only while its
// ownership is proved, so what is read was so at a moment after the read began (the read index of
// Raft, Ongaro's thesis, section 6.4).
//
// One question is under way at a time; reads that begin meanwhile wait for the next one. Any thread
// may call `want`; the rest belongs to the partition's.

#include "sync/types/log_reach.hpp"
#include "sync/types/read_types.hpp"

#include <atomic>
#include <chrono>
#include <optional>

namespace bkes::sync {

class followed_position {
  public:
    /// Reads that began up to this moment may be answered from a store that is as far; the earliest
    /// moment: none.
    [[nodiscard]] read_moment answers(const log_reach& stored) const {
        const auto asked = asked_at_.load();
        return stored.covers(said_) ? asked : read_moment::min();
    }

    /// A read that began then waits. Any thread. True if somebody has to look (`next_question`).
    bool want(read_moment began) {
        auto wanted = wanted_.load();
        while (began > wanted && !wanted_.compare_exchange_weak(wanted, began)) {
        }
        return began > asked_at_.load(std::memory_order_acquire);
    }

    /// True: ask the owner now, and tell what he says. `now` is before the question is sent. An
    /// unclean election may have taken what he spoke of: if that isn't `stored` for long, he is asked
    /// again.
    [[nodiscard]] bool next_question(read_moment now, const log_reach& stored) {
        const auto asked = asked_at_.load();
        const bool is_overdue = !stored.covers(said_) && now - asked > patience;
        if (is_asking_ || (wanted_.load() <= asked && !is_overdue)) {
            return false;
        }
        is_asking_ = true;
        asking_since_ = now;
        return true;
    }

    /// Nobody waits for what he says.
    [[nodiscard]] bool is_quiet(const log_reach& stored) const {
        return !is_asking_ && wanted_.load() <= asked_at_.load() && stored.covers(said_);
    }

    /// Empty: he said nothing, so it is asked again.
    void answered(const std::optional<log_reach>& said) {
        is_asking_ = false;
        if (said) {
            said_ = *said;
            asked_at_.store(asking_since_, std::memory_order_release);
        }
    }

  private:
    static constexpr std::chrono::milliseconds patience{500};

    bool is_asking_ = false;
    read_moment asking_since_{};
    log_reach said_;
    std::atomic<read_moment> wanted_{read_moment::min()};
    std::atomic<read_moment> asked_at_{read_moment::min()};
};

}  // namespace bkes::sync
