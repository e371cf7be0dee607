#pragma once
// Why a TLS connection didn't come about, in words for the person who has to repair it. What is not
// here keeps the code and words of OpenSSL, among them what the other side complained of.

#include <system_error>

namespace bkes::sync {

enum class tls_errc {
    not_tls = 1,        ///< the other side's bytes are no TLS
    ended_in_handshake  ///< the other side hung up, as one does that can't make sense of TLS
};

std::error_code make_error_code(tls_errc code);

/// The other side's certificate isn't accepted; `verify_result` is OpenSSL's X509_V_ERR_...
std::error_code refused_certificate(long verify_result);

/// Whether it is one of those.
bool is_refused_certificate(std::error_code error);

}  // namespace bkes::sync

template <>
struct std::is_error_code_enum<bkes::sync::tls_errc> : std::true_type {};
