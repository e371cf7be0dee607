#pragma once
// Connecting to a broker by name, TLS included if it is wanted, within a time limit.

#include "proxy/config/config.hpp"
#include "sync/net/net_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>

namespace bkes::proxy {

/// Resolves and connects, trying every address of the name (connect_in_turn.hpp), and shakes hands if
/// `tls` is there. The stream is open only on success; `timed_out` when the limit passed first.
boost::asio::awaitable<boost::system::error_code> dial(sync::net_stream& stream,
                                                       const host_port& address,
                                                       const std::optional<sync::tls_client>& tls,
                                                       std::chrono::milliseconds limit);

}  // namespace bkes::proxy
