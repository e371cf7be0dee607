#pragma once
// Two sockets of TCP that are connected with each other, inside this process.

#include "protocol/core/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <utility>

namespace bkes::proxy {

/// Blocks for some microseconds. Each end is on the context given for it.
result<std::pair<boost::asio::ip::tcp::socket, boost::asio::ip::tcp::socket>> make_loopback_pair(
    boost::asio::io_context& first, boost::asio::io_context& second);

}  // namespace bkes::proxy
