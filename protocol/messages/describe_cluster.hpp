#pragma once
// DescribeCluster (api key 60). Brokers of the cluster, for admin clients (KIP-700).
//
// Versions 0-2, flexible from the start.
//   1   endpoint_type: 1 brokers, 2 controllers (KIP-919)
//   2   fenced brokers (KIP-1073)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_cluster_request {
    static constexpr message_schema schema{
        .name = "describe_cluster_request", .key = 60, .versions = {0, 2}, .flexible_since = 0};

    bool include_cluster_authorized_operations = false;
    std::int8_t endpoint_type = 1;
    bool include_fenced_brokers = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("include_cluster_authorized_operations", m.include_cluster_authorized_operations);
        f("endpoint_type", m.endpoint_type, since(1));
        f("include_fenced_brokers", m.include_fenced_brokers, since(2));
    }
};

struct describe_cluster_response {
    static constexpr message_schema schema{
        .name = "describe_cluster_response", .key = 60, .versions = {0, 2}, .flexible_since = 0};

    struct broker {
        std::int32_t broker_id = 0;
        bytes_view host{};
        std::int32_t port = 0;
        std::optional<bytes_view> rack{};
        bool is_fenced = false;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("broker_id", m.broker_id);
            f("host", m.host);
            f("port", m.port);
            f("rack", m.rack, always.nullable());
            f("is_fenced", m.is_fenced, since(2));
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::int8_t endpoint_type = 1;
    bytes_view cluster_id{};
    std::int32_t controller_id = -1;
    std::vector<broker> brokers{};
    std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("endpoint_type", m.endpoint_type, since(1));
        f("cluster_id", m.cluster_id);
        f("controller_id", m.controller_id);
        f("brokers", m.brokers);
        f("cluster_authorized_operations", m.cluster_authorized_operations);
    }
};

}  // namespace bkes::protocol
