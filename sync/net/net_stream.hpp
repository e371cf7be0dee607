#pragma once
// One TCP connection, plain or under TLS, behind the same few calls: connect or adopt, shake hands,
// read, write, end. All other parts of bkes read and write through it and needn't know which.
//
// Belongs to one thread. At most one read and one write at a time. Each call takes any completion
// token of Asio; its owner keeps the stream alive until every handler has run, also behind `close`.

#include "sync/net/connect_in_turn.hpp"
#include "sync/net/tls_context.hpp"
#include "sync/types/security_options.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace bkes::sync {

/// How a connection that bkes opens is secured.
struct tls_client {
    tls_context context;
    host_check check = host_check::https;
};

class net_stream {
  public:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;
    using executor_type = boost::asio::any_io_executor;  ///< as Asio's own streams have it

    explicit net_stream(const boost::asio::any_io_executor& executor) : plain_{executor} {}

    /// A connection that is there already.
    explicit net_stream(tcp::socket connected) : plain_{std::move(connected)} {}

    [[nodiscard]] boost::asio::any_io_executor get_executor() { return plain_.get_executor(); }

    [[nodiscard]] tcp::socket& socket() { return tls_ ? tls_->next_layer() : plain_; }

    [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }

    /// Resolves and connects; `void(error_code)`. `limit`: in which the owner wants to have come
    /// through, whichever address of the name it is (connect_in_turn.hpp); it is his to end it.
    /// Nagle is off afterwards: bkes gathers what it sends by itself, and each request waits for its
    /// answer.
    template <class Token>
    auto async_connect(std::string host, std::uint16_t port, std::chrono::milliseconds limit,
                       Token&& token);

    /// TLS from here on, as the side that connected; `void(error_code)`, tls_errors.hpp among them.
    /// `host` is whom the certificate must name, and what is told the other side (SNI) if it is a
    /// name.
    template <class Token>
    auto async_handshake(const tls_client& tls, const std::string& host, Token&& token);

    /// TLS from here on, as the side that was connected to. Its arithmetic, some milliseconds of a
    /// processor, is done on `elsewhere`, a strand, so that many who come at once don't keep those
    /// waiting who are there. Meanwhile `close` is the only other call.
    template <class Token>
    auto async_handshake(const tls_context& server, boost::asio::any_io_executor elsewhere,
                         Token&& token);

    /// Whom the other side wanted to reach by TLS (SNI), as it wrote it; else empty.
    [[nodiscard]] std::string server_name() const;

    /// `void(error_code, std::size_t)`; error::eof at the other side's end, said or not: what comes
    /// over it tells its own length.
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token);

    /// Writes all; `void(error_code, std::size_t)`. Several buffers leave together.
    template <class Buffers, class Token>
    auto async_write(const Buffers& buffers, Token&& token);

    /// As long as `go_on` says, an Asio completion condition that is asked after each part.
    template <class Buffers, class Condition, class Token>
    auto async_write(const Buffers& buffers, Condition go_on, Token&& token);

    /// What the kernel takes at once without waiting; under TLS always 0, as a record that was begun
    /// has to be finished.
    template <class Buffers>
    std::size_t try_write(const Buffers& buffers, error_code& failed);

    /// Nothing more will be written, which the other side hears. Not while a write is under way.
    /// Reading goes on; under TLS only to learn of the other side's end, as what it still sends is
    /// an error to OpenSSL then. `void()`: under TLS when the other side has ended too, so nobody
    /// needs to wait for it.
    template <class Token>
    auto async_end_writing(Token&& token);

    /// At once; what is under way fails.
    void close();

  private:
    using tls_stream = boost::asio::ssl::stream<tcp::socket>;

    void begin_tls(boost::asio::ssl::context& context);
    void come_back();
    void expect_host(host_check check, const std::string& host);
    [[nodiscard]] error_code explained(const error_code& failed) const;

    /// `then(handler, arguments...)` in the place of `handler`, where that wants to run.
    template <class Handler, class Then>
    auto in_place_of(Handler handler, Then then) {
        const auto executor = boost::asio::get_associated_executor(handler, get_executor());
        return boost::asio::bind_executor(
            executor,
            [handler = std::move(handler), then = std::move(then)](auto&&... arguments) mutable {
                then(handler, std::forward<decltype(arguments)>(arguments)...);
            });
    }

    tcp::socket plain_;  ///< moved into `tls_` when TLS begins
    std::unique_ptr<tls_stream> tls_;
    std::optional<tcp::resolver> resolver_;
    bool is_elsewhere_ = false;  ///< another thread shakes hands
    bool is_closed_ = false;     ///< meanwhile
};

template <class Token>
auto net_stream::async_connect(std::string host, std::uint16_t port,
                               std::chrono::milliseconds limit, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        [this, limit](auto handler, const std::string& name, std::uint16_t number) {
            resolver_.emplace(get_executor());
            auto connected =
                in_place_of(std::move(handler), [this](auto& finish, const error_code& failed) {
                    if (!failed) {
                        error_code ignored;
                        plain_.set_option(tcp::no_delay{true}, ignored);
                    }
                    std::move(finish)(failed);
                });
            resolver_->async_resolve(
                name, std::to_string(number),
                in_place_of(std::move(connected), [this, limit](auto& next, error_code failed,
                                                                const auto& found) {
                    resolver_.reset();
                    if (failed) {
                        std::move(next)(failed);
                        return;
                    }
                    async_connect_in_turn(plain_, endpoints_of(found), limit, std::move(next));
                }));
        },
        token, std::move(host), port);
}

template <class Token>
auto net_stream::async_handshake(const tls_client& tls, const std::string& host, Token&& token) {
    begin_tls(*tls.context);
    expect_host(tls.check, host);
    return boost::asio::async_initiate<Token, void(error_code)>(
        [this](auto handler) {
            tls_->async_handshake(
                tls_stream::client,
                in_place_of(std::move(handler), [this](auto& finish, const error_code& failed) {
                    std::move(finish)(explained(failed));
                }));
        },
        token);
}

template <class Token>
auto net_stream::async_handshake(const tls_context& server, boost::asio::any_io_executor elsewhere,
                                 Token&& token) {
    begin_tls(*server);
    is_elsewhere_ = true;
    return boost::asio::async_initiate<Token, void(error_code)>(
        [this](auto handler, const boost::asio::any_io_executor& strand) {
            auto back =
                boost::asio::prefer(boost::asio::get_associated_executor(handler, get_executor()),
                                    boost::asio::execution::outstanding_work.tracked);
            auto finish = [this, back, handler = std::move(handler)](error_code failed) mutable {
                boost::asio::post(back, [this, failed, finish = std::move(handler)]() mutable {
                    come_back();
                    std::move(finish)(explained(failed));
                });
            };
            tls_->async_handshake(tls_stream::server,
                                  boost::asio::bind_executor(strand, std::move(finish)));
        },
        token, std::move(elsewhere));
}

template <class Buffers, class Token>
auto net_stream::async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
            if (!tls_) {
                plain_.async_read_some(into, std::move(handler));
                return;
            }
            tls_->async_read_some(
                into, in_place_of(std::move(handler),
                                  [](auto& finish, error_code failed, std::size_t count) {
                                      if (failed == boost::asio::ssl::error::stream_truncated) {
                                          failed = boost::asio::error::eof;
                                      }
                                      std::move(finish)(failed, count);
                                  }));
        },
        token, buffers);
}

template <class Buffers, class Condition, class Token>
auto net_stream::async_write(const Buffers& buffers, Condition go_on, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& from, Condition condition) {
            if (tls_) {
                boost::asio::async_write(*tls_, from, std::move(condition), std::move(handler));
            } else {
                boost::asio::async_write(plain_, from, std::move(condition), std::move(handler));
            }
        },
        token, buffers, std::move(go_on));
}

template <class Buffers, class Token>
auto net_stream::async_write(const Buffers& buffers, Token&& token) {
    return async_write(buffers, boost::asio::transfer_all(), std::forward<Token>(token));
}

template <class Buffers>
std::size_t net_stream::try_write(const Buffers& buffers, error_code& failed) {
    failed.clear();
    if (tls_) {
        return 0;
    }
    if (!plain_.non_blocking()) {  // each setting would be a call of the system
        plain_.non_blocking(true, failed);
        if (failed) {
            return 0;
        }
    }
    const auto count = plain_.write_some(buffers, failed);
    if (failed == boost::asio::error::would_block || failed == boost::asio::error::try_again) {
        failed.clear();
    }
    return count;
}

template <class Token>
auto net_stream::async_end_writing(Token&& token) {
    return boost::asio::async_initiate<Token, void()>(
        [this](auto handler) {
            if (tls_) {
                tls_->async_shutdown(
                    in_place_of(std::move(handler),
                                [](auto& finish, const error_code&) { std::move(finish)(); }));
                return;
            }
            error_code ignored;
            plain_.shutdown(tcp::socket::shutdown_send, ignored);
            boost::asio::post(get_executor(), std::move(handler));
        },
        token);
}

}  // namespace bkes::sync
