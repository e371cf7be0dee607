#include "sync/log/key_watch.hpp"

#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace bkes::sync {

/// Stands in the table until it is woken or its ticket goes. `reached_` is touched on the waiter's
/// own thread only.
class key_watch::waiter {
  public:
    waiter(std::shared_ptr<key_watch> watch, boost::asio::io_context& context,
           std::move_only_function<void()> reached)
        : watch_{std::move(watch)}, context_{context}, reached_{std::move(reached)} {}

    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    ~waiter() {
        const std::lock_guard lock{watch_->mutex_};
        if (is_waiting_) {
            leave();
        }
    }

    /// REQUIRES: the watch's mutex is held.
    void enter(bytes name, event_order min_next_order, const std::shared_ptr<waiter>& self) {
        self_ = self;
        name_ = std::move(name);
        place_ = watch_->waiters_[name_].emplace(min_next_order, this);
        is_waiting_ = true;
        watch_->waiter_count_.fetch_add(1, std::memory_order_seq_cst);
    }

    /// REQUIRES: the watch's mutex is held. The weak pointer is for the waiter's own thread alone:
    /// whoever held a shared one elsewhere might be the last.
    std::pair<boost::asio::io_context*, std::weak_ptr<waiter>> take_out() {
        leave();
        return {&context_, self_};
    }

    void tell() {
        if (auto reached = std::exchange(reached_, nullptr)) {
            reached();
        }
    }

  private:
    void leave() {
        const auto all = watch_->waiters_.find(name_);
        all->second.erase(place_);
        if (all->second.empty()) {
            watch_->waiters_.erase(all);
        }
        is_waiting_ = false;
        watch_->waiter_count_.fetch_sub(1, std::memory_order_seq_cst);
    }

    std::shared_ptr<key_watch> watch_;
    boost::asio::io_context& context_;
    std::move_only_function<void()> reached_;
    std::weak_ptr<waiter> self_;
    bytes name_;
    waiters::iterator place_;
    bool is_waiting_ = false;  ///< under the watch's mutex
};

key_watch::key_watch(look_up next_order_now, std::size_t waiters_max)
    : next_order_now_{std::move(next_order_now)}, waiters_max_{waiters_max} {}

bytes key_watch::table_key(bytes_view topic, bytes_view key) {
    bytes name;
    name.reserve(topic.size() + 1 + key.size());
    name.append(topic).push_back('\0');  // no topic name holds a zero byte
    name.append(key);
    return name;
}

wait_ticket key_watch::wait(bytes_view topic, bytes_view key, event_order min_next_order,
                            boost::asio::io_context& context,
                            std::move_only_function<void()> reached) {
    if (waiter_count_.load(std::memory_order_relaxed) >= waiters_max_) {
        return {};
    }
    const auto ticket = std::make_shared<waiter>(shared_from_this(), context, std::move(reached));
    {
        const std::lock_guard lock{mutex_};
        ticket->enter(table_key(topic, key), min_next_order, ticket);
    }
    wake(topic, key);  // it may have grown in between
    return ticket;
}

void key_watch::wake(bytes_view topic, bytes_view key) {
    const auto name = table_key(topic, key);
    {
        const std::lock_guard lock{mutex_};
        if (!waiters_.contains(name)) {
            return;
        }
    }
    const auto next_order = next_order_now_(topic, key);
    std::vector<std::pair<boost::asio::io_context*, std::weak_ptr<waiter>>> woken;
    {
        const std::lock_guard lock{mutex_};
        for (auto all = waiters_.find(name);
             all != waiters_.end() && all->second.begin()->first <= next_order;
             all = waiters_.find(name)) {
            woken.push_back(all->second.begin()->second->take_out());
        }
    }
    for (auto& [context, who] : woken) {
        boost::asio::post(*context, [weak = std::move(who)] {
            if (const auto waiting = weak.lock()) {
                waiting->tell();
            }
        });
    }
}

}  // namespace bkes::sync
