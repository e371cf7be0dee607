#pragma once
// Where a node is reached, as Produce, Fetch, ShareFetch and ShareAcknowledge answers tell it
// beside a NOT_LEADER_OR_FOLLOWER (KIP-951). One of the places where a broker's real address could
// leak.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct node_endpoint {
    std::int32_t node_id = 0;
    bytes_view host{};
    std::int32_t port = 0;
    std::optional<bytes_view> rack{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("node_id", m.node_id);
        f("host", m.host);
        f("port", m.port);
        f("rack", m.rack, always.nullable());
    }
};

/// The content of the tagged field `node_endpoints` (tag 0 of Produce and Fetch responses), without
/// the message around it. Views point into `content`.
[[nodiscard]] result<std::vector<node_endpoint>> decode_node_endpoints(bytes_view content);
[[nodiscard]] result<bytes> encode_node_endpoints(const std::vector<node_endpoint>& endpoints);

}  // namespace bkes::protocol
