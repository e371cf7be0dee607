#pragma once
// A client's connection to bkes, one request at a time: for the commands, and for those whom bkes
// serves by HTTP. It is a Kafka client like any other, and has no rights but those of who logs in.
//
// Belongs to the thread of its executor. Nothing here has a time limit: its owner closes the stream.

#include "protocol/api_key.hpp"
#include "protocol/header.hpp"
#include "sync/net/net_stream.hpp"
#include "sync/sasl/sasl_client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bkes::proxy {

/// Why there is no answer.
struct ask_failure {
    enum class kind : std::uint8_t {
        lost,         ///< `error` says how: the connection is of no more use
        malformed,    ///< an answer that makes no sense
        not_offered,  ///< the server has no version of the request that is known here
        too_long,     ///< a text of the request is longer than Kafka can write
    };

    kind what = kind::lost;
    boost::system::error_code error{};
};

template <class T>
using asked = std::expected<T, ask_failure>;

/// Why nobody is logged in.
struct login_refusal {
    std::string why;                        ///< in the broker's words; a peer's bytes
    std::vector<std::string> mechanisms{};  ///< set: the mechanism isn't among these
};

class kafka_connection {
  public:
    /// Not connected yet: `stream()` is for its owner to connect, or is given.
    kafka_connection(sync::net_stream stream, std::string client_id)
        : stream_{std::move(stream)}, client_id_{std::move(client_id)} {}

    kafka_connection(const kafka_connection&) = delete;
    kafka_connection& operator=(const kafka_connection&) = delete;
    ~kafka_connection() = default;

    [[nodiscard]] sync::net_stream& stream() { return stream_; }

    /// The first that is asked.
    boost::asio::awaitable<asked<void>> learn_versions();

    /// Empty: logged in. Or the broker refuses it, which ends the connection.
    boost::asio::awaitable<asked<std::optional<login_refusal>>> log_in(sync::sasl_client& login);

    /// In the highest version that both sides know. What `request` views stays until the answer is
    /// there; views in the answer are valid until the next call.
    template <class Response, class Request>
    boost::asio::awaitable<asked<Response>> ask(const Request& request) {
        const auto version = version_of(Request::schema.key, Request::schema.versions);
        if (!version) {
            co_return std::unexpected{ask_failure{ask_failure::kind::not_offered}};
        }
        bytes frame;
        const protocol::request_header header{
            .version = *version, .correlation_id = ++correlation_id_, .client_id = client_id_};
        if (!protocol::append_request_frame(header, request, frame)) {
            co_return std::unexpected{ask_failure{ask_failure::kind::too_long}};
        }
        const auto body = co_await exchange(std::move(frame), Request::schema.key, *version);
        if (!body) {
            co_return std::unexpected{body.error()};
        }
        auto response = protocol::decode<Response>(*body, *version);
        if (!response) {
            co_return std::unexpected{ask_failure{ask_failure::kind::malformed}};
        }
        co_return std::move(*response);
    }

    /// Whether the server has an API, and whether in this version.
    [[nodiscard]] bool offers(protocol::api_key key) const;
    [[nodiscard]] bool offers(protocol::api_key key, std::int16_t version) const;

  private:
    [[nodiscard]] std::optional<std::int16_t> version_of(std::int16_t key,
                                                         protocol::version_range ours) const;
    boost::asio::awaitable<asked<bytes_view>> exchange(bytes request, std::int16_t key,
                                                       std::int16_t version);

    sync::net_stream stream_;
    std::string client_id_;
    bytes frame_;  ///< the newest response
    std::int32_t correlation_id_ = 0;
    std::map<std::int16_t, protocol::version_range> offered_;  ///< by API key
};

}  // namespace bkes::proxy
