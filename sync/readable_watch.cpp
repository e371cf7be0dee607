#include "sync/readable_watch.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace bkes::sync {

/// All but `is_so` is touched on the waiter's own thread only.
struct readable_watch::waiter {
    waiter(condition what, boost::asio::io_context& where, std::weak_ptr<const void> whose,
           wait_callback then)
        : is_so{std::move(what)},
          context{where},
          timer{where},
          session{std::move(whose)},
          done{std::move(then)} {}

    const condition is_so;
    boost::asio::io_context& context;
    boost::asio::steady_timer timer;
    std::weak_ptr<const void> session;
    wait_callback done;
};

void readable_watch::finish(const std::shared_ptr<waiter>& waiting, wait_result outcome) {
    boost::asio::post(waiting->context, [waiting, outcome] {
        waiting->timer.cancel();
        if (auto done = std::exchange(waiting->done, nullptr);
            done && !waiting->session.expired()) {
            done(outcome);
        }
    });
}

void readable_watch::watch_deadline(const std::shared_ptr<waiter>& waiting,
                                    std::chrono::steady_clock::time_point deadline) {
    boost::asio::post(waiting->context, [waiting, deadline] {
        if (!waiting->done) {
            return;
        }
        waiting->timer.expires_at(deadline);
        waiting->timer.async_wait(
            [waiting](boost::system::error_code) { finish(waiting, wait_result::deadline); });
    });
}

void readable_watch::wait(condition is_so, std::chrono::steady_clock::time_point deadline,
                          boost::asio::io_context& context, std::weak_ptr<const void> session,
                          wait_callback done) {
    auto waiting =
        std::make_shared<waiter>(std::move(is_so), context, std::move(session), std::move(done));
    if (const auto outcome = waiting->is_so()) {
        finish(waiting, *outcome);
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(waiters_, [](const auto& one) { return one.expired(); });
        waiters_.push_back(waiting);
    }
    watch_deadline(waiting, deadline);
    if (const auto outcome = waiting->is_so()) {  // it may have become so in between
        finish(waiting, *outcome);
    }
}

void readable_watch::changed() {
    std::vector<std::pair<std::shared_ptr<waiter>, wait_result>> decided;
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(waiters_, [&decided](const auto& one) {
            auto waiting = one.lock();
            if (!waiting) {
                return true;
            }
            const auto outcome = waiting->is_so();
            if (outcome) {
                decided.emplace_back(std::move(waiting), *outcome);
            }
            return outcome.has_value();
        });
    }
    for (const auto& [waiting, outcome] : decided) {
        finish(waiting, outcome);
    }
}

}  // namespace bkes::sync
