#pragma once
// A server on a free port that answers each request as a test says, for the client commands.

#include "protocol/header.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/wire/reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace bkes::proxy::tests {

class fake_bkes {
  public:
    /// Appends the response's frame to the second argument; nothing appended: the connection is
    /// closed. Runs on the server's thread.
    using answer_function = std::function<void(const protocol::request_view&, bytes&)>;

    explicit fake_bkes(answer_function answer)
        : answer_{std::move(answer)}, thread_{[this] { serve(); }} {}

    fake_bkes(const fake_bkes&) = delete;
    fake_bkes& operator=(const fake_bkes&) = delete;

    /// Also ends a connection that is open.
    ~fake_bkes() {
        stopping_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    /// The answer to ApiVersions of a bkes that offers what the commands need.
    static void offer_all(const protocol::request_view& request, bytes& out) {
        offer(request, out, {});
    }

    /// The same of the first release, which had version 0 of its own requests.
    static void offer_all_of_first_release(const protocol::request_view& request, bytes& out) {
        offer(request, out, 0);
    }

  private:
    static void offer(const protocol::request_view& request, bytes& out,
                      std::optional<std::int16_t> extensions_max) {
        using protocol::api_versions_response;
        api_versions_response response;
        for (const auto& row : protocol::api_table()) {
            const bool is_cut = extensions_max && protocol::is_extension(row.key);
            response.api_keys.push_back(
                {.api_key = std::to_underlying(row.key),
                 .min_version = row.versions.min,
                 .max_version = is_cut ? *extensions_max : row.versions.max});
        }
        (void)protocol::append_response_frame(request.header.correlation_id, 0, response, out);
    }

    using tcp = boost::asio::ip::tcp;

    void serve() {
        while (!stopping_) {
            boost::system::error_code failed;
            tcp::socket peer{context_};
            acceptor_.accept(peer, failed);
            while (!failed && !stopping_) {
                failed = answer_one(peer);
            }
        }
    }

    boost::system::error_code answer_one(tcp::socket& peer) {
        boost::system::error_code failed;
        std::array<char, 4> prefix{};
        boost::asio::read(peer, boost::asio::buffer(prefix), failed);
        if (failed) {
            return failed;
        }
        bytes frame(static_cast<std::size_t>(protocol::reader{{prefix.data(), 4}}.i32()), '\0');
        boost::asio::read(peer, boost::asio::buffer(frame), failed);
        bytes out;
        if (const auto request = protocol::decode_request_header(frame)) {
            answer_(*request, out);
        }
        if (out.empty()) {
            return boost::asio::error::eof;
        }
        boost::asio::write(peer, boost::asio::buffer(out), failed);
        return failed;
    }

    answer_function answer_;
    std::atomic<bool> stopping_ = false;
    boost::asio::io_context context_;
    tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    std::thread thread_;
};

}  // namespace bkes::proxy::tests
