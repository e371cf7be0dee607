#pragma once
// Connecting to a name that may have several addresses: one after the other, and none of them takes
// the time of all. One that answers nobody (a machine that is off, a firewall that drops) would, as
// the kernel tries for minutes.
//
// Belongs to the socket's thread. Its owner keeps the socket until the handler has run, and ends the
// whole by closing it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace bkes::sync {

/// The operation that async_compose runs; async_connect_in_turn makes it.
class connecting_in_turn {
  public:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;

    connecting_in_turn(tcp::socket& socket, std::vector<tcp::endpoint> addresses,
                       std::chrono::milliseconds limit)
        : socket_{socket},
          addresses_{std::move(addresses)},
          share_{limit / (2 * std::max(1, static_cast<int>(addresses_.size()) - 1))} {}

    template <class Self>
    void operator()(Self& self) {
        try_next(self);
    }

    template <class Self>
    void operator()(Self& self, const error_code& failed) {
        attempt_->is_over = true;
        attempt_->timer.cancel();
        // A socket that can't be opened for an address is no socket that its owner has closed.
        const bool has_ended =
            !socket_.is_open() && failed != boost::asio::error::address_family_not_supported;
        if (!failed || has_ended || next_ == addresses_.size()) {
            self.complete(failed);
            return;
        }
        error_code ignored;
        socket_.close(ignored);  // the next address may be of another family
        try_next(self);
    }

  private:
    struct attempt {
        explicit attempt(const boost::asio::any_io_executor& executor) : timer{executor} {}

        boost::asio::steady_timer timer;
        bool is_over = false;  ///< the timer's handler may be queued already
    };

    template <class Self>
    void try_next(Self& self) {
        attempt_ = std::make_shared<attempt>(socket_.get_executor());
        const auto address = addresses_[next_++];
        if (next_ < addresses_.size()) {
            attempt_->timer.expires_after(share_);
            attempt_->timer.async_wait(
                [one = attempt_, &socket = socket_](const error_code& cancelled) {
                    if (!cancelled && !one->is_over) {
                        error_code ignored;
                        socket.cancel(ignored);
                    }
                });
        }
        socket_.async_connect(address, std::move(self));
    }

    tcp::socket& socket_;
    std::vector<tcp::endpoint> addresses_;
    std::chrono::milliseconds share_;  ///< of each but the last
    std::shared_ptr<attempt> attempt_;
    std::size_t next_ = 0;
};

/// `void(error_code)`: the last one's, if all fail. There is at least one address. All but the last
/// share half of `limit`, within which the owner wants to be connected; he ends the last one.
template <class Token>
auto async_connect_in_turn(boost::asio::ip::tcp::socket& socket,
                           std::vector<boost::asio::ip::tcp::endpoint> addresses,
                           std::chrono::milliseconds limit, Token&& token) {
    return boost::asio::async_compose<Token, void(boost::system::error_code)>(
        connecting_in_turn{socket, std::move(addresses), limit}, token, socket);
}

/// Of a resolver's answer, in its order.
inline std::vector<boost::asio::ip::tcp::endpoint> endpoints_of(
    const boost::asio::ip::tcp::resolver::results_type& found) {
    std::vector<boost::asio::ip::tcp::endpoint> endpoints;
    for (const auto& one : found) {
        endpoints.push_back(one.endpoint());
    }
    return endpoints;
}

}  // namespace bkes::sync
