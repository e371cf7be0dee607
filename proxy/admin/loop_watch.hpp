#pragma once
// Whether the loops that serve clients go round. Each notes the time once in a second; one that
// hasn't for long is stuck: a bug, or a disk that doesn't answer.
//
// `start` before the loops run; `stuck` from any thread. It outlives the loops' running.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace bkes::proxy {

class loop_watch {
  public:
    using clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds patience{10};

    explicit loop_watch(std::span<boost::asio::io_context* const> contexts);
    loop_watch(const loop_watch&) = delete;
    loop_watch& operator=(const loop_watch&) = delete;

    void start();

    /// Numbers of those that haven't gone round for longer than `patience`.
    [[nodiscard]] std::vector<std::size_t> stuck(clock::time_point now) const;

  private:
    struct loop {
        explicit loop(boost::asio::io_context& context) : timer{context} {}

        boost::asio::steady_timer timer;
        std::atomic<clock::time_point> went_round{clock::now()};
    };

    static void go_round(loop& one);

    std::deque<loop> loops_;  ///< which don't move
};

}  // namespace bkes::proxy
