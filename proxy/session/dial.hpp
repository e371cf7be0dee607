#pragma once
// Connecting to a broker by name, within a time limit.

#include "proxy/config/config.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>

namespace bkes::proxy {

/// Resolves and connects, trying every address of the name. The socket is open only on success;
/// `timed_out` when the limit passed first.
boost::asio::awaitable<boost::system::error_code> dial(boost::asio::ip::tcp::socket& socket,
                                                       const host_port& address,
                                                       std::chrono::milliseconds limit);

}  // namespace bkes::proxy
