#pragma once
// Reads that wait until their partitions may be read: caught up, and ownership proved. Any thread;
// hardly anybody waits in ordinary times, so it may be simple.

#include "sync/guarded_topics.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace bkes::sync {

class readable_watch {
  public:
    /// Empty: not yet. Called from any thread.
    using condition = std::function<std::optional<wait_result>()>;

    /// `done` runs on `context`, not inside, and not if `session` has expired by then.
    void wait(condition is_so, std::chrono::steady_clock::time_point deadline,
              boost::asio::io_context& context, std::weak_ptr<const void> session,
              wait_callback done);

    /// Something changed that a condition may depend on.
    void changed();

  private:
    struct waiter;

    static void finish(const std::shared_ptr<waiter>& waiting, wait_result outcome);
    static void watch_deadline(const std::shared_ptr<waiter>& waiting,
                               std::chrono::steady_clock::time_point deadline);

    std::mutex mutex_;
    std::vector<std::weak_ptr<waiter>> waiters_;  ///< under mutex_; each is owned by its timer
};

}  // namespace bkes::sync
