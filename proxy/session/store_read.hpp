#pragma once
// The work of one answer that is made from the store, bounded in what it takes from others:
//
//   - It is done in slices. A short one is done at once, on the session's thread; what is longer
//     goes on by a few milliseconds at a time on threads of its own (read_pool.hpp), in turn with
//     the work of other clients. Nothing that serves appends waits for it.
//   - A session has one under way at a time, so that a client which sends many requests at once
//     takes no more than its share.
//   - What makes an answer of any size begins when the client has read those before it.
//   - It ends with its session.
//
// Where there is no store, an instance that has one is asked instead, one question of a session at a time.

#include <chrono>
#include <cstdint>
#include <functional>

namespace bkes::proxy {

class session;

/// How long a thread may be held. Cheap enough to be asked for each event.
class read_budget {
  public:
    using clock = std::chrono::steady_clock;

    explicit read_budget(std::chrono::microseconds time) : until_{clock::now() + time} {}

    /// Stays true once it is.
    [[nodiscard]] bool is_spent() {
        is_spent_ = is_spent_ || (++asked_ % looks_at_clock_each == 0 && clock::now() >= until_);
        return is_spent_;
    }

  private:
    static constexpr std::uint32_t looks_at_clock_each = 8;

    clock::time_point until_;
    std::uint32_t asked_ = 0;
    bool is_spent_ = false;
};

class store_read {
  public:
    enum class progress : std::uint8_t { done, more };

    store_read() = default;
    store_read(const store_read&) = delete;
    store_read& operator=(const store_read&) = delete;
    virtual ~store_read() = default;

    /// Reads on until all is there or the budget is spent. One call at a time, on any thread.
    virtual progress read_on(read_budget& budget) = 0;

    /// In place of `read_on` where there is no store, on the session's thread. `done` is to run there when
    /// the answer has come, or none will; not inside this call.
    virtual void ask(session& client, std::move_only_function<void()> done) = 0;

    /// All is there. On the session's thread; not called if the session has ended.
    virtual void finish(session& client) = 0;

    /// It may have to wait for the store's writes, and so never runs on a session's thread.
    [[nodiscard]] virtual bool may_block() const { return false; }

    /// It makes an answer of any size, for which the client has to make room first.
    [[nodiscard]] virtual bool needs_room() const { return true; }
};

}  // namespace bkes::proxy
