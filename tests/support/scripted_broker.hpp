#pragma once
// A broker in the test's own process and io_context, that does what its script says: answer, answer
// in pieces, answer nonsense, swallow, close. It speaks whatever the script encodes.

#include "protocol/api_table.hpp"
#include "protocol/header.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/wire/reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bkes::test {

/// What the script wants done with one request.
struct reply {
    enum class kind { send, send_in_pieces, swallow, close };

    kind what = kind::send;
    bytes frame{};  ///< with its size prefix
};

class scripted_broker {
  public:
    using script = std::function<reply(const protocol::request_view&)>;

    scripted_broker(boost::asio::io_context& context, script answers)
        : acceptor_{context, {boost::asio::ip::make_address("127.0.0.1"), 0}},
          script_{std::move(answers)} {
        accept();
    }

    /// Also after `stop`: a request that came before may ask for it.
    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] int connections() const { return connections_; }

    void stop() {
        acceptor_.close();
        close_connections();
    }

    void close_connections() {
        for (const auto& weak : open_) {
            if (const auto one = weak.lock()) {
                one->socket.close();
            }
        }
    }

    /// The answer to `request`, framed.
    template <class Response>
    static reply answer(const protocol::request_view& request, const Response& response) {
        reply out;
        const auto done = protocol::append_response_frame(
            request.header.correlation_id, request.header.version, response, out.frame);
        return done ? out : reply{reply::kind::close};
    }

    /// Says yes to every API and version that bkes itself knows.
    static reply answer_versions(const protocol::request_view& request) {
        protocol::api_versions_response response;
        for (const auto& row : protocol::api_table()) {
            auto& offered = response.api_keys.emplace_back();
            offered.api_key = static_cast<std::int16_t>(row.key);
            offered.min_version = row.versions.min;
            offered.max_version = row.versions.max;
        }
        return answer(request, response);
    }

  private:
    struct connection : std::enable_shared_from_this<connection> {
        connection(scripted_broker& of, boost::asio::ip::tcp::socket taken)
            : broker{of}, socket{std::move(taken)}, pause{socket.get_executor()} {}

        void read() {
            head.resize(4);
            boost::asio::async_read(
                socket, boost::asio::buffer(head),
                [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                    if (!error) {
                        self->read_body();
                    }
                });
        }

        void read_body() {
            protocol::reader size{head};
            body.resize(static_cast<std::size_t>(size.i32()));
            boost::asio::async_read(
                socket, boost::asio::buffer(body),
                [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                    if (!error) {
                        self->answer_request();
                    }
                });
        }

        void answer_request() {
            const auto request = protocol::decode_request_header(body);
            const auto todo = request ? broker.script_(*request) : reply{reply::kind::close};
            switch (todo.what) {
                case reply::kind::close:
                    socket.close();
                    return;
                case reply::kind::swallow:
                    break;
                case reply::kind::send:
                    out += todo.frame;
                    write();
                    break;
                case reply::kind::send_in_pieces:
                    pieces = todo.frame;
                    write_piece();
                    break;
            }
            read();
        }

        void write() {
            if (is_writing || out.empty()) {
                return;
            }
            is_writing = true;
            writing = std::exchange(out, {});
            boost::asio::async_write(
                socket, boost::asio::buffer(writing),
                [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                    self->is_writing = false;
                    if (!error) {
                        self->write();
                    }
                });
        }

        void write_piece() {
            if (pieces.empty()) {
                return;
            }
            writing = pieces.substr(0, 1);
            pieces.erase(0, 1);
            boost::asio::async_write(
                socket, boost::asio::buffer(writing),
                [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                    if (!error) {
                        self->write_piece();
                    }
                });
        }

        scripted_broker& broker;
        boost::asio::ip::tcp::socket socket;
        boost::asio::steady_timer pause;
        bytes head;
        bytes body;
        bytes out;
        bytes writing;
        bytes pieces;
        bool is_writing = false;
    };

    void accept() {
        acceptor_.async_accept(
            [this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
                if (error) {
                    return;
                }
                ++connections_;
                socket.set_option(boost::asio::ip::tcp::no_delay{true});
                const auto one = std::make_shared<connection>(*this, std::move(socket));
                open_.push_back(one);
                one->read();
                accept();
            });
    }

    boost::asio::ip::tcp::acceptor acceptor_;
    const std::uint16_t port_ = acceptor_.local_endpoint().port();
    script script_;
    std::vector<std::weak_ptr<connection>> open_;
    int connections_ = 0;
};

}  // namespace bkes::test
