#include "sync/types/busy_poll.hpp"

#include <sched.h>

namespace bkes::sync {

using std::chrono::steady_clock;

namespace {

/// Between two looks. Whatever is waited for may use this processor meanwhile, and a broker needs no
/// more for a request; who takes longer has work of his own.
constexpr std::chrono::microseconds turn_max{400};

}  // namespace

busy_poll::busy_poll(boost::asio::execution_context& context, std::chrono::microseconds limit)
    : service{context}, context_{static_cast<boost::asio::io_context&>(context)}, limit_{limit} {}

void busy_poll::poll() {
    while (context_.poll() < plenty && expected_ != message::none) {
        auto& backoff = expected_ == message::answer ? for_answers_ : for_next_;
        if (!backoff.tries() || !look_for_one(backoff)) {
            break;
        }
    }
    expected_ = message::none;
}

bool busy_poll::look_for_one(poll_backoff& backoff) {
    const auto began = steady_clock::now();
    auto looked_at = began;
    while (context_.poll_one() == 0) {
        sched_yield();
        const auto now = steady_clock::now();
        if (now - looked_at > turn_max) {
            backoff.disturbed();
            return false;
        }
        if (now - began >= limit_) {
            backoff.missed();
            return false;
        }
        looked_at = now;
    }
    backoff.hit();
    return true;
}

}  // namespace bkes::sync
