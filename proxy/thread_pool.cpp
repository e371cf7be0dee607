#include "proxy/thread_pool.hpp"

#include "proxy/log.hpp"

#include <algorithm>
#include <exception>

namespace bkes::proxy {

namespace {

constexpr std::size_t threads_max = 8;

/// Each context is run by one thread, which lets Asio skip what is only needed for more.
constexpr int one_thread = 1;

/// Until the pool is stopped. A handler that throws has done what it did; all others on its thread
/// go on, as no connection may end another's.
void run_to_the_end(boost::asio::io_context& context) {
    while (true) {
        try {
            context.run();
            return;
        } catch (...) {
            log_exception("a posted handler", std::current_exception());
        }
    }
}

}  // namespace

std::size_t thread_pool::default_size() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, threads_max);
}

thread_pool::thread_pool(std::size_t size) {
    for (std::size_t index = 0; index < size; ++index) {
        contexts_.push_back(std::make_unique<boost::asio::io_context>(one_thread));
        pointers_.push_back(contexts_.back().get());
        guards_.emplace_back(contexts_.back()->get_executor());
    }
}

thread_pool::~thread_pool() {
    stop();
}

void thread_pool::run() {
    for (std::size_t index = 1; index < contexts_.size(); ++index) {
        threads_.emplace_back([context = pointers_[index]] { run_to_the_end(*context); });
    }
    run_to_the_end(first());
    threads_.clear();
}

void thread_pool::stop() {
    for (auto* context : pointers_) {
        context->stop();
    }
}

}  // namespace bkes::proxy
