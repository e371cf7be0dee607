#include "proxy/server/bound_port.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Out of file descriptors: trying again at once would only fill the log.
constexpr auto accept_pause = std::chrono::milliseconds{100};

}  // namespace

error_code bound_port::bind(const host_port& address) {
    error_code failed;
    asio::ip::tcp::resolver resolver{acceptor_.get_executor()};
    const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                        asio::ip::tcp::resolver::passive, failed);
    if (failed) {
        return failed;
    }
    const tcp::endpoint where = found.begin()->endpoint();
    acceptor_.open(where.protocol(), failed);
    if (!failed) {
        acceptor_.set_option(asio::socket_base::reuse_address{true}, failed);
    }
    if (!failed) {
        acceptor_.bind(where, failed);
    }
    if (!failed) {
        acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    }
    if (failed) {
        error_code ignored;
        acceptor_.close(ignored);
        return failed;
    }
    port_ = acceptor_.local_endpoint(failed).port();
    return failed;
}

void bound_port::start(choose_context choose, on_connection connected) {
    choose_ = std::move(choose);
    connected_ = std::move(connected);
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] { self->accept(); });
}

void bound_port::stop() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
        error_code ignored;
        self->acceptor_.close(ignored);
        self->pause_.cancel();
    });
}

void bound_port::accept() {
    auto& context = choose_();
    acceptor_.async_accept(
        context, [self = shared_from_this(), &context](const error_code& failed, tcp::socket peer) {
            if (failed == asio::error::operation_aborted || !self->acceptor_.is_open()) {
                return;
            }
            if (!failed) {
                self->connected_(context, std::move(peer));
                self->accept();
                return;
            }
            spdlog::warn("a connection can't be accepted port={} reason=\"{}\"", self->port_,
                         failed.message());
            self->pause_.expires_after(accept_pause);
            self->pause_.async_wait([self](const error_code& stopped) {
                if (!stopped) {
                    self->accept();
                }
            });
        });
}

}  // namespace bkes::proxy
