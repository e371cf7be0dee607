#pragma once
// The bytes under a broker_link: connect, read, write, close. The one place that changes when bkes'
// own connections learn TLS; today they are plain TCP.

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <utility>

namespace bkes::sync {

class link_stream {
  public:
    explicit link_stream(boost::asio::io_context& context) : socket_{context}, resolver_{context} {}

    /// Resolves and connects; `handler(boost::system::error_code)`. Nagle is off afterwards:
    /// requests are gathered here already, and each waits for its answer.
    template <class Handler>
    void async_connect(const std::string& host, std::uint16_t port, Handler handler) {
        resolver_.async_resolve(
            host, std::to_string(port),
            [this, handler = std::move(handler)](boost::system::error_code error,
                                                 const auto& endpoints) mutable {
                if (error) {
                    handler(error);
                    return;
                }
                boost::asio::async_connect(
                    socket_, endpoints,
                    [this, handler = std::move(handler)](boost::system::error_code connect_error,
                                                         const auto&) mutable {
                        if (!connect_error) {
                            boost::system::error_code ignored;
                            socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
                        }
                        handler(connect_error);
                    });
            });
    }

    template <class Handler>
    void async_read_some(boost::asio::mutable_buffer buffer, Handler handler) {
        socket_.async_read_some(buffer, std::move(handler));
    }

    template <class Handler>
    void async_write(boost::asio::const_buffer buffer, Handler handler) {
        boost::asio::async_write(socket_, buffer, std::move(handler));
    }

    void close() {
        boost::system::error_code ignored;
        resolver_.cancel();
        socket_.close(ignored);
    }

  private:
    boost::asio::ip::tcp::socket socket_;
    boost::asio::ip::tcp::resolver resolver_;
};

}  // namespace bkes::sync
