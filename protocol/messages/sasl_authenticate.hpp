#pragma once
// SaslAuthenticate (api key 36). One step of a SASL exchange (KIP-152).
//
// Versions 0-2.
//   1   session_lifetime_ms: re-authenticate before it is over (KIP-368)
//   2   flexible

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>

namespace bkes::protocol {

struct sasl_authenticate_request {
    static constexpr message_schema schema{
        .name = "sasl_authenticate_request", .key = 36, .versions = {0, 2}, .flexible_since = 2};

    bytes_view auth_bytes{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f.bytes("auth_bytes", m.auth_bytes); }
};

struct sasl_authenticate_response {
    static constexpr message_schema schema{
        .name = "sasl_authenticate_response", .key = 36, .versions = {0, 2}, .flexible_since = 2};

    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message = bytes_view{};
    bytes_view auth_bytes{};
    std::int64_t session_lifetime_ms = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f.bytes("auth_bytes", m.auth_bytes);
        f("session_lifetime_ms", m.session_lifetime_ms, since(1).ignorable());
    }
};

}  // namespace bkes::protocol
