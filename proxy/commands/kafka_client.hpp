#pragma once
// A small blocking client of a running bkes, for the commands: one connection, one request at a
// time, each with a time limit. Under TLS and with a login as the settings kafka.* say.
//
// Not thread-safe. Failures come as the sentence and exit code that the command ends with.

#include "protocol/api_key.hpp"
#include "proxy/client/kafka_connection.hpp"
#include "proxy/commands/outcome.hpp"
#include "proxy/config/config.hpp"
#include "sync/net/link_security.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bkes::proxy {

class kafka_client {
  public:
    /// Tries the addresses one after the other until one answers, each for at most `limit`, which
    /// is also the limit of every later request. Fails if none answers (exit_unreachable), or if
    /// the one that does is a Kafka broker without bkes' extension requests (exit_refused). Gives up
    /// within moments when `is_stopped` says so, which is asked again and again, here and later.
    static outcome<std::unique_ptr<kafka_client>> connect(
        std::span<const host_port> servers, std::chrono::milliseconds limit,
        const std::shared_ptr<sync::link_security>& security,
        const std::function<bool()>& is_stopped = {});

    kafka_client(std::chrono::milliseconds limit, std::shared_ptr<sync::link_security> security)
        : limit_{limit}, security_{std::move(security)} {}

    kafka_client(const kafka_client&) = delete;
    kafka_client& operator=(const kafka_client&) = delete;
    ~kafka_client() = default;

    /// Sends a request in the highest version that both sides know and waits for the answer, at
    /// most the limit given to `connect` and `extra`. Views in the answer are valid until the next
    /// call.
    template <class Response, class Request>
    outcome<Response> ask(const Request& request, std::chrono::milliseconds extra = {}) {
        asked<Response> answer;
        if (const auto failed =
                run(limit_ + extra, put_into(answer, connection_.ask<Response>(request)))) {
            return give_up{lost(failed)};
        }
        if (!answer) {
            return give_up{meaning_of(answer.error(), Request::schema.key)};
        }
        return std::move(*answer);
    }

    /// Whether the server has this version of one of bkes' own requests.
    [[nodiscard]] bool offers(protocol::api_key key, std::int16_t version) const {
        return connection_.offers(key, version);
    }

    [[nodiscard]] const std::string& peer() const { return peer_; }

  private:
    template <class T>
    static boost::asio::awaitable<void> put_into(T& result, boost::asio::awaitable<T> work) {
        result = co_await std::move(work);
    }

    outcome<void> open(const host_port& server);
    boost::asio::awaitable<boost::system::error_code> connect_to(
        std::string host, std::vector<boost::asio::ip::tcp::endpoint> addresses);
    outcome<void> learn_versions();
    outcome<void> log_in();
    boost::system::error_code run(std::chrono::milliseconds limit,
                                  boost::asio::awaitable<void> work);
    [[nodiscard]] command_failure meaning_of(const ask_failure& failed, std::int16_t key) const;
    [[nodiscard]] command_failure lost(const boost::system::error_code& error) const;

    std::chrono::milliseconds limit_;
    std::shared_ptr<sync::link_security> security_;
    boost::asio::io_context context_{1};
    kafka_connection connection_{sync::net_stream{context_.get_executor()}, "bkes-cli"};
    std::string peer_;
    std::function<bool()> is_stopped_;
};

}  // namespace bkes::proxy
