#pragma once
// SIGTERM and Ctrl-C while `serve` starts, which may wait for brokers or fetch a store for as long as it
// takes: they end it at once, with a line in the log. The next start finds what this one left.
//
// A thread of its own from its making to its end, when whoever looks after signals from then on does so.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <thread>

namespace bkes::proxy {

class start_signals {
  public:
    start_signals();
    start_signals(const start_signals&) = delete;
    start_signals& operator=(const start_signals&) = delete;
    ~start_signals();

  private:
    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_;
    std::thread thread_;
};

}  // namespace bkes::proxy
