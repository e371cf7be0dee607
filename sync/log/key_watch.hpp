#pragma once
// Waits until an aggregate has grown to an order: long polls of key topics and FetchByKey.
//
// Any thread. `grown` is called for every key of every write into the store, so with nobody waiting
// it costs one load. Order of events that makes a wake-up impossible to miss: a waiter registers
// first and looks at the store afterwards; a writer stores first and looks for waiters afterwards.
// The store is never read under the lock, and the lock is held only for who is woken or leaves.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/types/wait_ticket.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace bkes::sync {

class key_watch : public std::enable_shared_from_this<key_watch> {
  public:
    /// The aggregate's next order as the store has it now.
    using look_up = std::function<event_order(bytes_view topic, bytes_view key)>;

    explicit key_watch(look_up next_order_now, std::size_t waiters_max = 100'000);

    /// `reached` runs on `context`, once, if the ticket is still held then. To be held and dropped
    /// on that context's thread. An empty ticket: too many wait already.
    wait_ticket wait(bytes_view topic, bytes_view key, event_order min_next_order,
                     boost::asio::io_context& context, std::move_only_function<void()> reached);

    /// The aggregate has grown, and the store shows it.
    void grown(bytes_view topic, bytes_view key) {
        if (in_use()) {
            wake(topic, key);
        }
    }

    /// True if somebody waits; saves a caller with many keys the calls of `grown`.
    [[nodiscard]] bool in_use() const { return waiter_count_.load(std::memory_order_seq_cst) != 0; }

  private:
    class waiter;

    /// Of one aggregate, by the order that they wait for. The waiters are owned by their tickets.
    using waiters = std::multimap<event_order, waiter*>;

    static bytes table_key(bytes_view topic, bytes_view key);
    void wake(bytes_view topic, bytes_view key);

    look_up next_order_now_;
    std::size_t waiters_max_;
    std::atomic<std::size_t> waiter_count_{0};
    std::mutex mutex_;
    std::unordered_map<bytes, waiters> waiters_;  ///< under mutex_
};

}  // namespace bkes::sync
