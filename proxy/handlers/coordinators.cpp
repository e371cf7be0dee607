// FindCoordinator, DescribeCluster: only their addresses matter here.

#include "protocol/messages/describe_cluster.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/relay_rewritten.hpp"

namespace bkes::proxy {

request_route handle_find_coordinator(session& client, const client_request& request) {
    return relay_rewritten<protocol::find_coordinator_response>(
        client, request, [](address_rewriter& addresses, auto& response) {
            addresses.rewrite(response);  // versions 0-3
            addresses.rewrite_all(response.coordinators);
        });
}

request_route handle_describe_cluster(session& client, const client_request& request) {
    return relay_rewritten<protocol::describe_cluster_response>(
        client, request, [](address_rewriter& addresses, auto& response) {
            addresses.rewrite_all(response.brokers);
        });
}

}  // namespace bkes::proxy
