#pragma once
// TLS in front of a plain server of the test: what comes under TLS goes on plain, and back.

#include "sync/net/net_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace bkes::test {

class tls_front {
  public:
    using tcp = boost::asio::ip::tcp;

    tls_front(boost::asio::io_context& context, sync::tls_context tls, std::uint16_t behind)
        : context_{context},
          tls_{std::move(tls)},
          behind_{behind},
          acceptor_{context, {boost::asio::ip::make_address("127.0.0.1"), 0}},
          port_{acceptor_.local_endpoint().port()} {
        accept();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    void stop() {
        acceptor_.close();
        for (const auto& weak : open_) {
            if (const auto one = weak.lock()) {
                one->end();
            }
        }
    }

  private:
    struct connection : std::enable_shared_from_this<connection> {
        connection(boost::asio::io_context& context, tcp::socket taken)
            : front{std::move(taken)}, back{context.get_executor()} {}

        void begin(const sync::tls_context& tls, std::uint16_t behind) {
            front.async_handshake(tls, front.get_executor(),
                                  [self = shared_from_this(), behind](auto failed) {
                                      if (failed) {
                                          self->end();
                                          return;
                                      }
                                      self->connect(behind);
                                  });
        }

        void connect(std::uint16_t behind) {
            back.async_connect("127.0.0.1", behind, std::chrono::seconds{10},
                               [self = shared_from_this()](auto) {
                                   self->pump(self->front, self->back, self->there);
                                   self->pump(self->back, self->front, self->back_again);
                               });
        }

        void pump(sync::net_stream& from, sync::net_stream& to, std::array<char, 4096>& with) {
            from.async_read_some(
                boost::asio::buffer(with),
                [self = shared_from_this(), &from, &to, &with](auto failed, std::size_t count) {
                    if (failed) {
                        self->end();
                        return;
                    }
                    to.async_write(boost::asio::buffer(with, count),
                                   [self, &from, &to, &with](auto lost, std::size_t) {
                                       if (!lost) {
                                           self->pump(from, to, with);
                                       }
                                   });
                });
        }

        void end() {
            front.close();
            back.close();
        }

        sync::net_stream front;
        sync::net_stream back;
        std::array<char, 4096> there{};
        std::array<char, 4096> back_again{};
    };

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
            if (failed) {
                return;
            }
            const auto one = std::make_shared<connection>(context_, std::move(socket));
            open_.push_back(one);
            one->begin(tls_, behind_);
            accept();
        });
    }

    boost::asio::io_context& context_;
    sync::tls_context tls_;
    std::uint16_t behind_;
    tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::vector<std::weak_ptr<connection>> open_;
};

}  // namespace bkes::test
