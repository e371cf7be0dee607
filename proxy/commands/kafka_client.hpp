#pragma once
// A small blocking client of a running bkes, for the commands: one connection, one request at a
// time, each with a time limit. Under TLS and with a login as the settings kafka.* say.
//
// Not thread-safe. Failures come as the sentence and exit code that the command ends with.

#include "protocol/api_key.hpp"
#include "protocol/header.hpp"
#include "proxy/commands/outcome.hpp"
#include "proxy/config/config.hpp"
#include "sync/net/link_security.hpp"
#include "sync/net/net_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

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
        const auto version = version_of(Request::schema.key, Request::schema.versions);
        if (!version) {
            return give_up{version.error()};
        }
        bytes frame;
        const protocol::request_header header{
            .version = *version, .correlation_id = ++correlation_id_, .client_id = "bkes-cli"};
        if (!protocol::append_request_frame(header, request, frame)) {
            return give_up{{exit_usage, "a name or key is too long for a Kafka request"}};
        }
        const auto body = exchange(frame, Request::schema.key, *version, limit_ + extra);
        if (!body) {
            return give_up{body.error()};
        }
        auto response = protocol::decode<Response>(*body, *version);
        if (!response) {
            return give_up{malformed()};
        }
        return std::move(*response);
    }

    /// Whether the server has this version of one of bkes' own requests.
    [[nodiscard]] bool offers(protocol::api_key key, std::int16_t version) const;

    [[nodiscard]] const std::string& peer() const { return peer_; }

  private:
    outcome<void> open(const host_port& server);
    outcome<void> learn_versions();
    outcome<void> log_in();
    outcome<std::int16_t> version_of(std::int16_t key, protocol::version_range ours) const;
    outcome<bytes_view> exchange(bytes_view request, std::int16_t key, std::int16_t version,
                                 std::chrono::milliseconds limit);
    boost::system::error_code transfer(bytes_view request, std::chrono::milliseconds limit);
    template <class Start>
    boost::system::error_code run(std::chrono::steady_clock::time_point deadline, Start start);
    [[nodiscard]] command_failure malformed() const;
    [[nodiscard]] command_failure lost(const boost::system::error_code& error) const;

    std::chrono::milliseconds limit_;
    std::shared_ptr<sync::link_security> security_;
    boost::asio::io_context context_{1};
    sync::net_stream stream_{context_.get_executor()};
    std::string peer_;
    bytes frame_;  ///< the newest response
    std::int32_t correlation_id_ = 0;
    std::function<bool()> is_stopped_;
    std::map<std::int16_t, protocol::version_range> offered_;  ///< by API key
};

}  // namespace bkes::proxy
