#include "proxy/server/thread_pool.hpp"

#include "proxy/log/log.hpp"
#include "sync/types/busy_poll.hpp"

#include <exception>

namespace bkes::proxy {

namespace {

/// Each context is run by one thread, which lets Asio skip what is only needed for more.
constexpr int one_thread = 1;

constexpr std::string_view posted = "a posted handler";

}  // namespace

void run_to_the_end(boost::asio::io_context& context, std::string_view what) {
    const auto work = boost::asio::make_work_guard(context);
    auto& busy_poll = sync::busy_poll::of(context);
    while (!context.stopped()) {
        try {
            while (context.run_one() > 0) {
                busy_poll.run();
            }
        } catch (...) {
            log_exception(what, std::current_exception());
        }
    }
}

thread_pool::thread_pool(std::size_t size, std::chrono::microseconds busy_poll)
    : handshake_context_{one_thread} {
    guards_.emplace_back(handshake_context_.get_executor());
    for (std::size_t index = 0; index < size; ++index) {
        contexts_.push_back(std::make_unique<boost::asio::io_context>(one_thread));
        boost::asio::make_service<sync::busy_poll>(*contexts_.back(), busy_poll);
        pointers_.push_back(contexts_.back().get());
        guards_.emplace_back(contexts_.back()->get_executor());
    }
}

thread_pool::~thread_pool() {
    stop();
}

void thread_pool::run() {
    for (std::size_t index = 1; index < contexts_.size(); ++index) {
        threads_.emplace_back([context = pointers_[index]] { run_to_the_end(*context, posted); });
    }
    threads_.emplace_back([this] { run_to_the_end(handshake_context_, posted); });
    run_to_the_end(first(), posted);
    threads_.clear();
}

void thread_pool::stop() {
    for (auto* context : pointers_) {
        context->stop();
    }
    handshake_context_.stop();
}

}  // namespace bkes::proxy
