#pragma once
// The threads of the program: one io_context each, and whatever is on it stays there.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace bkes::proxy {

/// Runs the context until it is stopped, with work or without. A handler that throws has done what it
/// did; it is logged, with `what` it was, and all others go on, as no connection may end another's.
void run_to_the_end(boost::asio::io_context& context, std::string_view what);

class thread_pool {
  public:
    /// `busy_poll`: how long the threads look for the next message before they sleep; 0: not at all.
    thread_pool(std::size_t size, std::chrono::microseconds busy_poll);
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool();

    [[nodiscard]] std::span<boost::asio::io_context* const> contexts() const { return pointers_; }

    boost::asio::io_context& first() { return *contexts_.front(); }

    /// One more thread, for the arithmetic of handshakes. What is posted there runs one after the
    /// other.
    boost::asio::any_io_executor handshakes() { return handshake_context_.get_executor(); }

    /// Runs all contexts, the first on the calling thread, until `stop`. An exception out of a
    /// handler is logged, and its context runs on.
    void run();

    /// Lets `run` return. Any thread.
    void stop();

  private:
    using guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    /// Outlives the others: a handshake under way when all ends refers to it.
    boost::asio::io_context handshake_context_;
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::io_context*> pointers_;
    std::vector<guard> guards_;
    std::vector<std::jthread> threads_;
};

}  // namespace bkes::proxy
