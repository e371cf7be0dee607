#pragma once
// OAUTHBEARER (RFC 7628): a token in one message. Whoever listens may use it while it lasts, so it
// wants TLS; that is for who chooses it to see to.

#include "sync/sasl/sasl_client.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::sync {

/// Said to the broker beside the token (KIP-342).
struct sasl_extension {
    std::string key;
    std::string value;

    friend bool operator==(const sasl_extension&, const sasl_extension&) = default;
};

/// `key=value,key=value`, as sasl.oauthbearer.extensions has it. Fails with what is wrong.
std::expected<std::vector<sasl_extension>, std::string> parse_sasl_extensions(
    std::string_view text);

std::unique_ptr<sasl_client> make_oauthbearer_client(std::string token,
                                                     std::vector<sasl_extension> extensions);

}  // namespace bkes::sync
