#pragma once
// A thread that looks for its next message instead of sleeping until it is woken, for as long as one
// may be expected at any moment: the answer to an append that was sent, the next append of whoever
// was just answered. To be woken takes longer than all that bkes does with an append
// (docs/decisions/busy-poll.md; the name is that of Linux' net.core.busy_poll, and Seastar has it as
// --idle-poll-time-us). Between two looks everybody else may have the processor.
//
// A service of each io_context that one thread runs; belongs to that thread.

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bkes::sync {

/// Whether it is worth trying again. Pure.
class poll_backoff {
  public:
    static constexpr std::uint32_t left_out_max = 255;

    /// One chance, taken or left out.
    [[nodiscard]] bool tries() {
        if (left_ == 0) {
            return true;
        }
        --left_;
        return false;
    }

    void hit() { left_out_ = 0; }

    /// After each try in vain twice as many chances are left out.
    void missed() { leave_out(std::min(left_out_ * 2 + 1, left_out_max)); }

    /// Somebody else needs the processor.
    void disturbed() { leave_out(left_out_max); }

  private:
    void leave_out(std::uint32_t chances) { left_ = left_out_ = chances; }

    std::uint32_t left_out_ = 0;  ///< after the last try in vain
    std::uint32_t left_ = 0;      ///< of them
};

class busy_poll : public boost::asio::execution_context::service {
  public:
    static inline boost::asio::execution_context::id id;  ///< as Asio finds it

    /// Looks for at most `limit` at a time; 0: never.
    explicit busy_poll(boost::asio::execution_context& context,
                       std::chrono::microseconds limit = std::chrono::microseconds{0});

    /// That of a context; one that never looks if none was made with a limit.
    static busy_poll& of(boost::asio::io_context& context) {
        return boost::asio::use_service<busy_poll>(context);
    }

    /// Something was given away that will be answered: an append to a partition, a batch to a broker.
    void sent() { expected_ = message::answer; }

    /// It was. Whoever waited for that may be about to send the next.
    void answered() { expected_ = message::next; }

    /// Runs what is ready, and looks for more while that is worth it. To be called after each handler.
    void run() {
        if (limit_.count() > 0 && expected_ != message::none) {
            poll();
        }
    }

  private:
    enum class message : std::uint8_t { none, answer, next };

    /// A thread that finds so much to do at once has no need to look.
    static constexpr std::size_t plenty = 40;

    void poll();
    /// False: none came, or others needed the processor.
    bool look_for_one(poll_backoff& backoff);

    void shutdown() override {}

    boost::asio::io_context& context_;
    std::chrono::microseconds limit_;
    message expected_ = message::none;
    poll_backoff for_answers_;
    poll_backoff for_next_;
};

}  // namespace bkes::sync
