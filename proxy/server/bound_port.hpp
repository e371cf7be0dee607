#pragma once
// One bound port. It is bound when constructed, so that a client that knows the port can connect
// from then on, and accepts once `start` is called.

#include "proxy/config/config.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace bkes::proxy {

class bound_port : public std::enable_shared_from_this<bound_port> {
  public:
    using tcp = boost::asio::ip::tcp;
    /// Gives the context that the next connection is to live on.
    using choose_context = std::function<boost::asio::io_context&()>;
    using on_connection = std::function<void(boost::asio::io_context&, tcp::socket)>;

    explicit bound_port(boost::asio::io_context& context) : acceptor_{context}, pause_{context} {}

    /// Binds and listens. Any thread, before `start`.
    boost::system::error_code bind(const host_port& address);

    /// Accepts until `stop`. Callbacks run on the acceptor's context.
    void start(choose_context choose, on_connection connected);

    void stop();

    /// The port in fact bound, also if 0 was asked for.
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    void accept();

    tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    choose_context choose_;
    on_connection connected_;
    std::uint16_t port_ = 0;
};

}  // namespace bkes::proxy
