#include "sync/net/tls_errors.hpp"

#include <openssl/x509_vfy.h>

#include <string>

namespace bkes::sync {

namespace {

class handshake_category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "bkes.tls"; }

    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<tls_errc>(code)) {
            case tls_errc::not_tls:
                return "the other side speaks no TLS";
            case tls_errc::ended_in_handshake:
                return "the other side ended the TLS handshake; perhaps it speaks no TLS";
        }
        return "unknown";
    }
};

class certificate_category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "bkes.certificate"; }

    [[nodiscard]] std::string message(int code) const override {
        return std::string{"the other side's certificate is refused: "} +
               ::X509_verify_cert_error_string(code);
    }
};

const handshake_category of_handshakes;
const certificate_category of_certificates;

}  // namespace

std::error_code make_error_code(tls_errc code) {
    return {static_cast<int>(code), of_handshakes};
}

std::error_code refused_certificate(long verify_result) {
    return {static_cast<int>(verify_result), of_certificates};
}

bool is_refused_certificate(std::error_code error) {
    return error.category() == of_certificates;
}

}  // namespace bkes::sync
