#pragma once
// The threads on which reads of the store go on that take longer than a session's thread may be
// held. Work of many clients takes turns: each slice goes to the end of the queue.

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>

namespace bkes::proxy {

/// Of a read on its session's thread, and of one on a thread of the pool.
inline constexpr std::chrono::microseconds inline_slice{250};
inline constexpr std::chrono::microseconds pooled_slice{2'000};

/// What requests that bkes works on itself may take of a session's thread, all of its sessions
/// together: half of its time, in each window of some milliseconds. Beyond, reads go elsewhere, and
/// requests that came together take turns with those of others. One for each thread.
class inline_quota {
  public:
    using clock = std::chrono::steady_clock;

    static inline_quota& of_this_thread();

    [[nodiscard]] bool is_left(clock::time_point now);

    void took(clock::duration time) { used_ += time; }

  private:
    clock::time_point window_began_{};
    clock::duration used_{0};
};

class read_pool {
  public:
    static std::size_t default_size();

    explicit read_pool(std::size_t threads = default_size()) : threads_{threads} {}

    read_pool(const read_pool&) = delete;
    read_pool& operator=(const read_pool&) = delete;

    /// Ends when the slices under way have.
    ~read_pool() {
        threads_.stop();
        threads_.join();
    }

    template <class Work>
    void post(Work work) {
        boost::asio::post(threads_, std::move(work));
    }

  private:
    boost::asio::thread_pool threads_;
};

}  // namespace bkes::proxy
