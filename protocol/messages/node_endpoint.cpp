#include "protocol/messages/node_endpoint.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

result<std::vector<node_endpoint>> decode_node_endpoints(bytes_view content) {
    result<std::vector<node_endpoint>> endpoints;
    reader in{content};
    memory_budget memory{.left = any_memory};  // of a broker
    // No field of an endpoint depends on the version, and only flexible versions have tagged
    // fields.
    decoder{in, 0, true, memory}.read(*endpoints);
    if (!in.complete()) {
        return failure{make_error_code(protocol_errc::malformed)};
    }
    return endpoints;
}

result<bytes> encode_node_endpoints(const std::vector<node_endpoint>& endpoints) {
    bytes content;
    encoder to{content, 0, true};
    to.write(endpoints);
    if (to.error()) {
        return failure{to.error()};
    }
    return content;
}

}  // namespace bkes::protocol
