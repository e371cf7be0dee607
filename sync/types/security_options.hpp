#pragma once
// How bkes' own connections are secured: the settings kafka.*, by librdkafka's names.

#include "sync/types/tls_files.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bkes::sync {

enum class security_protocol : std::uint8_t { plaintext, ssl, sasl_plaintext, sasl_ssl };

constexpr bool uses_tls(security_protocol protocol) {
    return protocol == security_protocol::ssl || protocol == security_protocol::sasl_ssl;
}

enum class sasl_mechanism : std::uint8_t { plain, scram_sha_256, scram_sha_512, oauthbearer };

/// Whether the other side's certificate must be for the host that was asked for
/// (ssl.endpoint.identification.algorithm).
enum class host_check : std::uint8_t { https, none };

/// As Kafka writes them.
std::string_view name_of(security_protocol protocol);
std::string_view name_of(sasl_mechanism mechanism);

/// Whom to ask for a token, and as whom (RFC 6749, section 4.4: client credentials).
struct token_client {
    std::string method{};  ///< oidc, or not said
    std::string endpoint_url{};
    std::string client_id{};
    std::string client_secret{};
    std::string scope{};        ///< empty: the endpoint's own choice
    std::string extensions{};   ///< key=value,key=value for the brokers, beside the token
    std::string ca_location{};  ///< whom to trust as the endpoint; empty: the system's authorities
};

struct security_options {
    security_protocol protocol = security_protocol::plaintext;
    tls_files tls{};
    host_check check = host_check::https;
    sasl_mechanism mechanism = sasl_mechanism::plain;
    std::string username{};
    std::string password{};
    token_client tokens{};

    [[nodiscard]] bool is_tls() const { return uses_tls(protocol); }

    [[nodiscard]] bool is_sasl() const {
        return protocol == security_protocol::sasl_plaintext ||
               protocol == security_protocol::sasl_ssl;
    }
};

}  // namespace bkes::sync
