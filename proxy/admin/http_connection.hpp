#pragma once
// One HTTP connection: requests one after the other, each answered before the next is read.
//
// Belongs to the thread of its socket.

#include "proxy/admin/http_message.hpp"
#include "sync/net/net_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace bkes::proxy {

class http_connection : public std::enable_shared_from_this<http_connection> {
  public:
    static constexpr std::uint32_t header_bytes_max = 8U << 10U;

    /// `answer` outlives it. `time_max`: for a request to come, and for its answer to be taken.
    http_connection(boost::asio::ip::tcp::socket client, const http_handler& answer,
                    std::chrono::milliseconds time_max);

    /// Until the client goes, or is given up. The caller keeps the object.
    boost::asio::awaitable<void> serve();

  private:
    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<void> end();
    void expect_progress();

    sync::net_stream stream_;
    boost::asio::steady_timer deadline_;
    boost::beast::flat_buffer received_{header_bytes_max};
    const http_handler& answer_;
    const std::chrono::milliseconds time_max_;
};

}  // namespace bkes::proxy
