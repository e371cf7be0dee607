// ShareFetch, ShareAcknowledge (KIP-932): only their addresses matter here. Share groups can't use
// key topics: the brokers assign from their own topics.

#include "protocol/messages/share_acknowledge.hpp"
#include "protocol/messages/share_fetch.hpp"
#include "proxy/addresses/address_rewriter.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/relay_rewritten.hpp"

namespace bkes::proxy {

namespace {

constexpr auto rewrite = [](address_rewriter& addresses, auto& response) {
    addresses.rewrite_all(response.node_endpoints);
};

}  // namespace

request_route handle_share_fetch(session& client, const client_request& request) {
    return relay_rewritten<protocol::share_fetch_response>(client, request, rewrite);
}

request_route handle_share_acknowledge(session& client, const client_request& request) {
    return relay_rewritten<protocol::share_acknowledge_response>(client, request, rewrite);
}

}  // namespace bkes::proxy
