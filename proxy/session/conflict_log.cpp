#include "proxy/session/conflict_log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::proxy {

void conflict_log::add(seen_conflict conflict) {
    if (!is_watched_) {
        return;
    }
    const std::lock_guard lock{mutex_};
    conflict.number = ++newest_;
    remembered_.push_back(std::move(conflict));
    if (remembered_.size() > remembered_max) {
        remembered_.pop_front();
    }
    // Woken through a weak pointer: a listener is destroyed on its own thread.
    std::erase_if(listeners_, [](const auto& weak) {
        const auto open = weak.lock();
        if (open) {
            boost::asio::post(open->context, [weak] {
                if (const auto still = weak.lock()) {
                    still->more();
                }
            });
        }
        return !open;
    });
}

std::vector<seen_conflict> conflict_log::after(std::uint64_t number) const {
    const std::lock_guard lock{mutex_};
    const auto first = std::ranges::upper_bound(remembered_, number, {}, &seen_conflict::number);
    return {first, remembered_.end()};
}

std::shared_ptr<void> conflict_log::listen(boost::asio::io_context& context,
                                           std::function<void()> more) {
    const auto made = std::make_shared<listener>(context, std::move(more));
    const std::lock_guard lock{mutex_};
    listeners_.push_back(made);
    return made;
}

}  // namespace bkes::proxy
