#pragma once
// A request as handlers see it, and what they answer. Plain values: no socket, no parser.

#include "proxy/http/http_stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

struct http_request {
    std::string path;             ///< as it was sent, percent-encoded, up to a question mark
    std::string query{};          ///< behind it
    std::string host{};           ///< of these headers: `Host`
    std::string authorization{};  ///< `Authorization`, a secret
    std::string last_event_id{};  ///< `Last-Event-ID`
};

struct http_header {
    std::string_view name;  ///< a literal
    std::string value;
};

struct http_answer {
    unsigned status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";  ///< a literal
    std::string body{};
    std::vector<http_header> headers{};
    /// Set: writes what is sent in the place of `body`, for as long as it takes. The connection ends
    /// behind it. Owns all that it needs.
    std::function<boost::asio::awaitable<void>(http_stream&)> stream{};
};

/// The words that belong to a status: `Not Found`.
std::string_view reason_of(unsigned status);

using http_handler = std::function<boost::asio::awaitable<http_answer>(http_request)>;

}  // namespace bkes::proxy
