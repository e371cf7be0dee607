#pragma once
// How bkes' own connections are secured: the settings kafka.*, by librdkafka's names.

#include "sync/types/tls_files.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bkes::sync {

enum class security_protocol : std::uint8_t { plaintext, ssl, sasl_plaintext, sasl_ssl };

enum class sasl_mechanism : std::uint8_t { plain, scram_sha_256, scram_sha_512 };

/// Whether the other side's certificate must be for the host that was asked for
/// (ssl.endpoint.identification.algorithm).
enum class host_check : std::uint8_t { https, none };

/// As Kafka writes them.
std::string_view name_of(security_protocol protocol);
std::string_view name_of(sasl_mechanism mechanism);

struct security_options {
    security_protocol protocol = security_protocol::plaintext;
    tls_files tls{};
    host_check check = host_check::https;
    sasl_mechanism mechanism = sasl_mechanism::plain;
    std::string username{};
    std::string password{};

    [[nodiscard]] bool is_tls() const {
        return protocol == security_protocol::ssl || protocol == security_protocol::sasl_ssl;
    }

    [[nodiscard]] bool is_sasl() const {
        return protocol == security_protocol::sasl_plaintext ||
               protocol == security_protocol::sasl_ssl;
    }
};

}  // namespace bkes::sync
