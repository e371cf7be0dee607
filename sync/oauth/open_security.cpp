#include "sync/oauth/open_security.hpp"

#include "sync/oauth/token_keeper.hpp"

#include <utility>

namespace bkes::sync {

namespace {

std::expected<std::shared_ptr<token_source>, std::string> open_tokens(const token_client& client) {
    auto endpoint = parse_token_endpoint(client.endpoint_url);
    if (!endpoint) {
        return std::unexpected{"kafka.sasl.oauthbearer.token.endpoint.url=" + client.endpoint_url +
                               ": " + endpoint.error()};
    }
    token_request request{.endpoint = std::move(*endpoint),
                          .client_id = client.client_id,
                          .client_secret = client.client_secret,
                          .scope = client.scope};
    if (request.endpoint.is_tls) {
        auto context = make_client_context({.ca_location = client.ca_location}, "kafka.https.");
        if (!context) {
            return std::unexpected{std::move(context.error())};
        }
        request.tls = tls_client{.context = std::move(*context)};
    }
    auto keeper = std::make_shared<token_keeper>(std::move(request));
    keeper->wait_for_first();
    return keeper;
}

}  // namespace

std::expected<std::shared_ptr<link_security>, std::string> open_security(security_options options) {
    std::shared_ptr<token_source> tokens;
    if (options.is_sasl() && options.mechanism == sasl_mechanism::oauthbearer) {
        auto opened = open_tokens(options.tokens);
        if (!opened) {
            return std::unexpected{std::move(opened.error())};
        }
        tokens = std::move(*opened);
    }
    return link_security::make(std::move(options), std::move(tokens));
}

}  // namespace bkes::sync
