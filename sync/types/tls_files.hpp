#pragma once
// Where the certificates of one side of TLS lie. All are PEM files; an empty path: none.

#include <cstdint>
#include <string>

namespace bkes::sync {

struct tls_files {
    std::string ca_location{};  ///< whom to trust: a file, or a directory as OpenSSL hashes it
    std::string certificate_location{};  ///< what is shown, with its chain behind it
    std::string key_location{};          ///< the certificate's private key
    std::string key_password{};

    friend bool operator==(const tls_files&, const tls_files&) = default;
};

/// Whether who connects has to show a certificate, by Kafka's words (ssl.client.auth). One that is
/// shown must be of `ca_location` in any case.
enum class client_certificate : std::uint8_t { none, requested, required };

}  // namespace bkes::sync
