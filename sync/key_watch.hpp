#pragma once
// Waits until an aggregate has grown to an order: long polls of key topics and FetchByKey.
//
// Any thread. `grown` is called for every key of every write into the store, so with nobody waiting
// it costs one load. Order of events that makes a wake-up impossible to miss: a waiter registers
// first and looks at the store afterwards; a writer stores first and looks for waiters afterwards.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace bkes::sync {

class key_watch : public std::enable_shared_from_this<key_watch> {
  public:
    /// True: the order was reached; false: the deadline passed, or there are too many waiters.
    using callback = std::move_only_function<void(bool reached)>;
    /// The aggregate's next order as the store has it now.
    using look_up = std::function<event_order(bytes_view topic, bytes_view key)>;

    explicit key_watch(look_up next_order_now, std::size_t waiters_max = 100'000);

    /// `callback` runs on `context`, once, and not if `session` has expired by then.
    void wait(bytes_view topic, bytes_view key, event_order min_next_order,
              std::chrono::steady_clock::time_point deadline, boost::asio::io_context& context,
              std::weak_ptr<const void> session, callback done);

    /// The aggregate has grown, and the store shows it.
    void grown(bytes_view topic, bytes_view key) {
        if (in_use()) {
            wake(topic, key);
        }
    }

    /// True if somebody waits; saves a caller with many keys the calls of `grown`.
    [[nodiscard]] bool in_use() const { return waiter_count_.load(std::memory_order_seq_cst) != 0; }

  private:
    struct waiter;

    static bytes table_key(bytes_view topic, bytes_view key);
    void wake(bytes_view topic, bytes_view key);
    void remove(const bytes& name, const waiter* gone);
    static void finish(const std::shared_ptr<waiter>& waiting, bool reached);

    look_up next_order_now_;
    std::size_t waiters_max_;
    std::atomic<std::size_t> waiter_count_{0};
    std::mutex mutex_;
    std::unordered_map<bytes, std::vector<std::shared_ptr<waiter>>> waiters_;  ///< under mutex_
};

}  // namespace bkes::sync
