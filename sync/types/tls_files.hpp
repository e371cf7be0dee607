#pragma once
// Where the certificates of one side of TLS lie. All are PEM files; an empty path: none.

#include <string>

namespace bkes::sync {

struct tls_files {
    std::string ca_location{};  ///< whom to trust: a file, or a directory as OpenSSL hashes it
    std::string certificate_location{};  ///< what is shown, with its chain behind it
    std::string key_location{};          ///< the certificate's private key
    std::string key_password{};
};

}  // namespace bkes::sync
