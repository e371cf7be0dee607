#include "proxy/admin/loop_watch.hpp"

namespace bkes::proxy {

loop_watch::loop_watch(std::span<boost::asio::io_context* const> contexts) {
    for (auto* context : contexts) {
        loops_.emplace_back(*context);
    }
}

void loop_watch::start() {
    for (auto& one : loops_) {
        go_round(one);
    }
}

std::vector<std::size_t> loop_watch::stuck(clock::time_point now) const {
    std::vector<std::size_t> found;
    for (std::size_t number = 0; number < loops_.size(); ++number) {
        if (now - loops_[number].went_round.load() > patience) {
            found.push_back(number);
        }
    }
    return found;
}

void loop_watch::go_round(loop& one) {
    one.went_round = clock::now();
    one.timer.expires_after(std::chrono::seconds{1});
    one.timer.async_wait([&one](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            go_round(one);
        }
    });
}

}  // namespace bkes::proxy
