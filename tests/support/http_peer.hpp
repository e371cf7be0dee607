#pragma once
// An HTTP server of a test that answers each connection with the same bytes and hangs up.

#include "sync/net/net_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace bkes::test {

class http_peer {
  public:
    using tcp = boost::asio::ip::tcp;

    explicit http_peer(boost::asio::io_context& context, std::uint16_t port = 0)
        : acceptor_{context, {boost::asio::ip::make_address("127.0.0.1"), port}} {
        accept();
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    std::string answer;  ///< empty: none, and the connection stays
    std::string heard;   ///< of all connections
    int connections = 0;

    void answer_with(const std::string& status, const std::string& body) {
        answer = "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body;
    }

  private:
    void accept() {
        acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
            if (failed) {
                return;
            }
            ++connections;
            listen(std::make_shared<tcp::socket>(std::move(socket)));
            accept();
        });
    }

    void listen(const std::shared_ptr<tcp::socket>& socket) {
        socket->async_read_some(
            boost::asio::buffer(inbox_),
            [this, socket](boost::system::error_code failed, std::size_t count) {
                if (failed) {
                    return;
                }
                heard.append(inbox_.data(), count);
                if (answer.empty() || !heard.contains("\r\n\r\n")) {
                    listen(socket);
                    return;
                }
                const auto text = std::make_shared<std::string>(answer);
                boost::asio::async_write(*socket, boost::asio::buffer(*text),
                                         [socket, text](auto, auto) {});
            });
    }

    tcp::acceptor acceptor_;
    std::array<char, 4096> inbox_{};
};

}  // namespace bkes::test
