#include "sync/partition/readable_watch.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

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
                                 std::chrono::steady_clock::time_point deadline,
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
        others.push_back({.context = &context, .who = ticket});
    }
    // Asked behind: what changes from here on is told by `changed`.
    if (const auto result = is_readable_(topic, partition)) {
        tell({{.context = &context, .who = ticket}}, *result);
    }
    return ticket;
}

void readable_watch::changed() {
    std::vector<std::pair<waiters, wait_result>> decided;
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(waiters_, [&](auto& of_place) {
            const auto& [topic, partition] = of_place.first;
            const auto result = is_readable_(topic, partition);
            if (result) {
                decided.emplace_back(std::move(of_place.second), *result);
            }
            return result.has_value();
        });
    }
    for (const auto& [waiting, result] : decided) {
        tell(waiting, result);
    }
}

void readable_watch::tell(const waiters& decided, wait_result result) {
    for (const auto& [context, who] : decided) {
        boost::asio::post(*context, [who, result] {
            if (const auto waiting = who.lock()) {
                waiting->tell(result);
            }
        });
    }
}

}  // namespace bkes::sync
