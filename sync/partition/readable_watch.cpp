#include "sync/partition/readable_watch.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace bkes::sync {

/// Touched on its own thread only.
class readable_watch::waiter {
  public:
    waiter(boost::asio::io_context& context, wait_callback done)
        : timer_{context}, done_{std::move(done)} {}

    void tell(wait_result result) {
        timer_.cancel();
        if (auto done = std::exchange(done_, nullptr)) {
            done(result);
        }
    }

    static void watch_deadline(const std::shared_ptr<waiter>& self,
                               std::chrono::steady_clock::time_point deadline) {
        self->timer_.expires_at(deadline);
        self->timer_.async_wait(
            [weak = std::weak_ptr{self}](const boost::system::error_code& cancelled) {
                const auto waiting = weak.lock();
                if (!cancelled && waiting) {
                    waiting->tell(wait_result::deadline);
                }
            });
    }

  private:
    boost::asio::steady_timer timer_;
    wait_callback done_;
};

wait_ticket readable_watch::wait(bytes_view topic, std::optional<partition_id> partition,
                                 read_moment began, std::chrono::steady_clock::time_point deadline,
                                 boost::asio::io_context& context, wait_callback done) {
    const auto ticket = std::make_shared<waiter>(context, std::move(done));
    waiter::watch_deadline(ticket, deadline);
    {
        const std::lock_guard lock{mutex_};
        auto& others = waiters_[place{topic, partition}];
        if (others.size() == others.capacity()) {  // it would grow: those who left make room first
            std::erase_if(others, [](const entry& one) { return one.who.expired(); });
            others.reserve(2 * others.size() + 1);
        }
        others.push_back({.context = &context, .who = ticket, .began = began});
    }
    // Asked behind: what changes from here on is told by `changed`.
    const auto now = is_readable_(topic, partition, began);
    if (now && began <= now->began_until) {
        tell({{.context = &context, .who = ticket, .began = began}}, now->result);
    }
    return ticket;
}

void readable_watch::changed() {
    std::vector<std::pair<waiters, wait_result>> decided;
    {
        const std::lock_guard lock{mutex_};
        for (auto at = waiters_.begin(); at != waiters_.end();) {
            auto& [where, waiting] = *at;
            const auto last_to_begin = std::ranges::max(waiting, {}, &entry::began).began;
            const auto now = is_readable_(where.first, where.second, last_to_begin);
            const auto until = now ? now->began_until : read_moment::min();
            const auto later = std::ranges::partition(
                waiting, [until](const entry& one) { return one.began <= until; });
            if (now) {
                decided.emplace_back(waiters{waiting.begin(), later.begin()}, now->result);
                waiting.erase(waiting.begin(), later.begin());
            }
            at = waiting.empty() ? waiters_.erase(at) : std::next(at);
        }
    }
    for (const auto& [waiting, result] : decided) {
        tell(waiting, result);
    }
}

void readable_watch::tell(const waiters& decided, wait_result result) {
    for (const auto& [context, who, began] : decided) {
        boost::asio::post(*context, [who, result] {
            if (const auto waiting = who.lock()) {
                waiting->tell(result);
            }
        });
    }
}

}  // namespace bkes::sync
