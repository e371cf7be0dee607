#include "sync/key_watch.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

/// Lives in the table until somebody takes it out; whoever takes it out finishes it. `done` and
/// `timer` are touched on the waiter's own thread only.
struct key_watch::waiter {
    waiter(boost::asio::io_context& where, event_order at_least, std::weak_ptr<const void> whose,
           callback then)
        : context{where},
          timer{where},
          min_next_order{at_least},
          session{std::move(whose)},
          done{std::move(then)} {}

    boost::asio::io_context& context;
    boost::asio::steady_timer timer;
    event_order min_next_order;
    std::weak_ptr<const void> session;
    callback done;
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

void key_watch::finish(const std::shared_ptr<waiter>& waiting, bool reached) {
    boost::asio::post(waiting->context, [waiting, reached] {
        waiting->timer.cancel();
        if (auto done = std::exchange(waiting->done, nullptr);
            done && !waiting->session.expired()) {
            done(reached);
        }
    });
}

void key_watch::wait(bytes_view topic, bytes_view key, event_order min_next_order,
                     std::chrono::steady_clock::time_point deadline,
                     boost::asio::io_context& context, std::weak_ptr<const void> session,
                     callback done) {
    auto waiting =
        std::make_shared<waiter>(context, min_next_order, std::move(session), std::move(done));
    if (waiter_count_.load(std::memory_order_relaxed) >= waiters_max_) {
        finish(waiting, next_order_now_(topic, key) >= min_next_order);
        return;
    }
    auto name = table_key(topic, key);
    {
        const std::lock_guard lock{mutex_};
        waiters_[name].push_back(waiting);
        waiter_count_.fetch_add(1, std::memory_order_seq_cst);
    }
    if (next_order_now_(topic, key) >= min_next_order) {
        grown(topic, key);
        return;
    }
    boost::asio::post(
        context, [self = weak_from_this(), waiting, deadline, name = std::move(name)]() mutable {
            if (!waiting->done) {
                return;
            }
            waiting->timer.expires_at(deadline);
            waiting->timer.async_wait(
                [self, waiting, name = std::move(name)](boost::system::error_code) {
                    if (const auto watch = self.lock(); watch && waiting->done) {
                        watch->remove(name, waiting.get());
                    }
                    if (waiting->done) {
                        finish(waiting, false);
                    }
                });
        });
}

void key_watch::wake(bytes_view topic, bytes_view key) {
    std::vector<std::shared_ptr<waiter>> reached;
    {
        const std::lock_guard lock{mutex_};
        const auto found = waiters_.find(table_key(topic, key));
        if (found == waiters_.end()) {
            return;
        }
        const auto next_order = next_order_now_(topic, key);
        auto& waiting = found->second;
        const auto first_reached = std::partition(
            waiting.begin(), waiting.end(),
            [next_order](const auto& one) { return one->min_next_order > next_order; });
        reached.assign(std::move_iterator{first_reached}, std::move_iterator{waiting.end()});
        waiting.erase(first_reached, waiting.end());
        if (waiting.empty()) {
            waiters_.erase(found);
        }
        waiter_count_.fetch_sub(reached.size(), std::memory_order_seq_cst);
    }
    for (const auto& one : reached) {
        finish(one, true);
    }
}

void key_watch::remove(const bytes& name, const waiter* gone) {
    const std::lock_guard lock{mutex_};
    const auto found = waiters_.find(name);
    if (found == waiters_.end()) {
        return;
    }
    const auto removed =
        std::erase_if(found->second, [gone](const auto& one) { return one.get() == gone; });
    if (found->second.empty()) {
        waiters_.erase(found);
    }
    waiter_count_.fetch_sub(removed, std::memory_order_seq_cst);
}

}  // namespace bkes::sync
