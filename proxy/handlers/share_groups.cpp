// ShareFetch, ShareAcknowledge (KIP-932): addresses rewritten, and no key topic. Share groups can't
// use them, as brokers assign from their own topics; who names one all the same, by its id, is
// refused for it (17, or 100 for an id that wasn't handed out).

#include "protocol/messages/share_acknowledge.hpp"
#include "protocol/messages/share_fetch.hpp"
#include "proxy/addresses/address_rewriter.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/refuse_key_topics.hpp"
#include "proxy/handlers/relay_rewritten.hpp"

#include <memory>

namespace bkes::proxy {

using protocol::share_acknowledge_request;
using protocol::share_acknowledge_response;
using protocol::share_fetch_request;
using protocol::share_fetch_response;

namespace {

/// Goes on without a topic too: the brokers count the requests of a share session.
template <class Request, class Response>
request_route keep_key_topics_back(session& client, const client_request& request) {
    const auto found = names_key_topic<Request>(client, request);
    if (!found) {
        return request_route::close;
    }
    if (!*found) {
        return relay_rewritten<Response>(client, request,
                                         [](address_rewriter& addresses, auto& response) {
                                             addresses.rewrite_all(response.node_endpoints);
                                         });
    }
    return split_off_key_topics<Request, Response>(
        client, request,
        [](server_state& server, Request& asked, Response& own) {
            take_key_topics(server, asked.topics, own.responses, by_partition);
            if constexpr (requires { asked.forgotten_topics_data; }) {
                std::erase_if(asked.forgotten_topics_data,
                              [](const auto& topic) { return is_key_topic_id(topic.topic_id); });
            }
            return true;
        },
        // Kept with the answer, which refers to its host names until it is encoded.
        [addresses = std::make_shared<address_rewriter>(client.listener().brokers)](
            Response& response, Response& own) {
            addresses->rewrite_all(response.node_endpoints);
            append(response.responses, own.responses);
        });
}

}  // namespace

request_route handle_share_fetch(session& client, const client_request& request) {
    return keep_key_topics_back<share_fetch_request, share_fetch_response>(client, request);
}

request_route handle_share_acknowledge(session& client, const client_request& request) {
    return keep_key_topics_back<share_acknowledge_request, share_acknowledge_response>(client,
                                                                                       request);
}

}  // namespace bkes::proxy
