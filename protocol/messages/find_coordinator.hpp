#pragma once
// FindCoordinator (api key 10). Which broker coordinates a group, a transactional id or a share
// partition.
//
// Versions 0-6.
//   1   key_type (0 group, 1 transaction; 2 share with version 6), throttle_time_ms, error_message
//   3   flexible
//   4   several keys at once (KIP-699): lists instead of the single fields
//   5   TRANSACTION_ABORTABLE (KIP-890)
//   6   share groups (KIP-932)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct find_coordinator_request {
    static constexpr message_schema schema{
        .name = "find_coordinator_request", .key = 10, .versions = {0, 6}, .flexible_since = 3};

    bytes_view key{};
    std::int8_t key_type = 0;
    std::vector<bytes_view> coordinator_keys{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("key", m.key, until(3));
        f("key_type", m.key_type, since(1));
        f("coordinator_keys", m.coordinator_keys, since(4));
    }
};

struct find_coordinator_response {
    static constexpr message_schema schema{
        .name = "find_coordinator_response", .key = 10, .versions = {0, 6}, .flexible_since = 3};

    struct coordinator {
        bytes_view key{};
        std::int32_t node_id = 0;
        bytes_view host{};
        std::int32_t port = 0;
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message = bytes_view{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("key", m.key);
            f("node_id", m.node_id);
            f("host", m.host);
            f("port", m.port);
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable().ignorable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message = bytes_view{};
    std::int32_t node_id = 0;
    bytes_view host{};
    std::int32_t port = 0;
    std::vector<coordinator> coordinators{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, since(1).ignorable());
        f("error_code", m.error_code, until(3));
        f("error_message", m.error_message, between(1, 3).nullable().ignorable());
        f("node_id", m.node_id, until(3));
        f("host", m.host, until(3));
        f("port", m.port, until(3));
        f("coordinators", m.coordinators, since(4));
    }
};

}  // namespace bkes::protocol
