#pragma once
// One HTTP connection: requests one after the other, each answered before the next is read.
//
// Belongs to the thread of its socket.

#include "proxy/http/http_message.hpp"
#include "sync/net/net_stream.hpp"
#include "sync/net/tls_context.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace bkes::proxy {

struct http_limits {
    std::size_t connections_max = 64;
    /// For a request to come, the first byte included, and for its answer to be taken.
    std::chrono::milliseconds time_max{30'000};
    /// Of answers that clients haven't taken yet, of all connections. Then requests are refused.
    std::size_t unsent_bytes_max = std::size_t{64} << 20U;
};

/// What all connections of a server share.
struct http_service {
    http_handler answer;
    http_limits limits;
    std::size_t unsent_bytes = 0;

    [[nodiscard]] bool is_crowded() const { return unsent_bytes > limits.unsent_bytes_max; }
};

class http_connection final : public std::enable_shared_from_this<http_connection>,
                              private http_stream {
  public:
    static constexpr std::uint32_t header_bytes_max = 8U << 10U;

    /// `service` outlives it. `tls`: none for plain text.
    http_connection(boost::asio::ip::tcp::socket client, http_service& service,
                    std::optional<sync::tls_context> tls);
    ~http_connection() = default;

    /// Until the client goes, or is given up. The caller keeps the object.
    boost::asio::awaitable<void> serve();

  private:
    struct received_request;

    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<std::optional<received_request>> receive();
    boost::asio::awaitable<http_answer> answer_to(received_request& received);
    boost::asio::awaitable<bool> send(std::string_view text);
    boost::asio::awaitable<void> send_stream(const http_answer& answer);
    boost::asio::awaitable<void> end();
    void expect_progress();
    void watch_for_end();
    void gone();

    boost::asio::awaitable<bool> write(std::string_view data) override;

    [[nodiscard]] bool is_open() const override { return !is_gone_; }

    [[nodiscard]] bool is_crowded() const override { return service_.is_crowded(); }

    void on_gone(std::function<void()> gone) override { on_gone_ = std::move(gone); }

    sync::net_stream stream_;
    boost::asio::steady_timer deadline_;
    std::optional<sync::tls_context> tls_;
    boost::beast::flat_buffer received_{header_bytes_max};
    http_service& service_;
    std::function<void()> on_gone_;
    char unwanted_ = 0;  ///< what a client sends while it is told a stream
    bool is_watched_ = false;
    bool is_gone_ = false;
};

}  // namespace bkes::proxy
