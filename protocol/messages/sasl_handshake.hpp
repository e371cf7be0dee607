#pragma once
// SaslHandshake (api key 17). Choosing a SASL mechanism (KIP-43).
//
// Versions 0-1, never flexible.
//   1   the tokens follow as SaslAuthenticate requests; after 0 they follow without any header
//   (KIP-152)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct sasl_handshake_request {
    static constexpr message_schema schema{.name = "sasl_handshake_request",
                                           .key = 17,
                                           .versions = {0, 1},
                                           .flexible_since = never_flexible};

    bytes_view mechanism{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("mechanism", m.mechanism); }
};

struct sasl_handshake_response {
    static constexpr message_schema schema{.name = "sasl_handshake_response",
                                           .key = 17,
                                           .versions = {0, 1},
                                           .flexible_since = never_flexible};

    std::int16_t error_code = 0;
    std::vector<bytes_view> mechanisms{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("error_code", m.error_code);
        f("mechanisms", m.mechanisms);
    }
};

}  // namespace bkes::protocol
