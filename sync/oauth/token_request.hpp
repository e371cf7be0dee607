#pragma once
// One question to a token endpoint over HTTP/1.1: client credentials (RFC 6749, section 4.4), the
// client's id and secret as librdkafka and Java's client send them (Basic, not encoded further).
// No redirect is followed, as the secret would go along; an answer has its limits in size and time.

#include "sync/net/net_stream.hpp"
#include "sync/oauth/token_answer.hpp"
#include "sync/oauth/token_endpoint.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>

namespace bkes::sync {

struct token_request {
    token_endpoint endpoint;
    std::optional<tls_client> tls{};  ///< where the endpoint wants it
    std::string client_id;
    std::string client_secret;
    std::string scope{};
    std::chrono::milliseconds timeout{10'000};
};

using token_handler = std::move_only_function<void(std::expected<granted_token, std::string>)>;

/// `answered` runs on the context, not inside this call; its error is fit for a log.
void ask_for_token(boost::asio::io_context& context, const token_request& request,
                   token_handler answered);

}  // namespace bkes::sync
