#include "sync/net/tls_context.hpp"

#include <boost/system/error_code.hpp>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509err.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace bkes::sync {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using outcome = std::expected<void, std::string>;

constexpr auto ciphers_of_tls_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:prime256v1:secp384r1";

/// One setting with its file, as messages name it.
struct named_file {
    std::string_view prefix;
    std::string_view setting;
    const std::string& path;

    [[nodiscard]] std::unexpected<std::string> problem(std::string_view what) const {
        return std::unexpected{fmt::format("{}{}={}: {}", prefix, setting, path, what)};
    }

    [[nodiscard]] outcome check_readable() const {
        errno = 0;
        if (const std::ifstream file{path}; !file) {
            return problem("can't be read: " +
                           std::generic_category().message(errno == 0 ? EIO : errno));
        }
        return {};
    }
};

/// How TLS is spoken, whoever speaks.
tls_context make_context(ssl::context::method method) {
    auto made = std::make_shared<ssl::context>(method);
    auto* const raw = made->native_handle();
    ::SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    ::SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    ::SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_cipher_list(raw, ciphers_of_tls_1_2);
    ::SSL_CTX_set1_groups_list(raw, groups);
    return made;
}

outcome trust(ssl::context& context, const named_file& ca) {
    error_code failed;
    if (ca.path.empty()) {
        context.set_default_verify_paths(failed);
        return {};
    }
    if (auto readable = ca.check_readable(); !readable) {
        return readable;
    }
    std::error_code ignored;
    if (std::filesystem::is_directory(ca.path, ignored)) {
        context.add_verify_path(ca.path, failed);
    } else {
        context.load_verify_file(ca.path, failed);
    }
    if (failed) {
        return ca.problem("holds no certificate in PEM form");
    }
    return {};
}

outcome load_key(ssl::context& context, const tls_files& files, const named_file& key) {
    if (auto readable = key.check_readable(); !readable) {
        return readable;
    }
    error_code failed;
    // Without one OpenSSL would ask at the terminal.
    context.set_password_callback(
        [password = files.key_password](std::size_t, ssl::context::password_purpose) {
            return password;
        },
        failed);
    context.use_private_key_file(key.path, ssl::context::pem, failed);
    if (!failed) {
        return {};
    }
    if (ERR_GET_REASON(static_cast<unsigned long>(failed.value())) == X509_R_KEY_VALUES_MISMATCH) {
        return key.problem(fmt::format("is not the key of {}certificate.location={}", key.prefix,
                                       files.certificate_location));
    }
    return key.problem(fmt::format(
        "holds no private key in PEM form, or {}key.password is missing or wrong", key.prefix));
}

/// What is shown to the other side, if anything.
outcome show(ssl::context& context, const tls_files& files, std::string_view prefix) {
    if (files.certificate_location.empty() && files.key_location.empty()) {
        return {};
    }
    if (files.certificate_location.empty() || files.key_location.empty()) {
        return std::unexpected{
            fmt::format("{0}certificate.location and {0}key.location go together", prefix)};
    }
    const named_file certificate{prefix, "certificate.location", files.certificate_location};
    if (auto readable = certificate.check_readable(); !readable) {
        return readable;
    }
    error_code failed;
    context.use_certificate_chain_file(certificate.path, failed);
    if (failed) {
        return certificate.problem("holds no certificate in PEM form");
    }
    return load_key(context, files, {prefix, "key.location", files.key_location});
}

}  // namespace

std::expected<tls_context, std::string> make_client_context(const tls_files& files,
                                                            std::string_view prefix) {
    auto made = make_context(ssl::context::tls_client);
    made->set_verify_mode(ssl::verify_peer);
    if (auto trusted = trust(*made, {prefix, "ca.location", files.ca_location}); !trusted) {
        return std::unexpected{std::move(trusted.error())};
    }
    if (auto shown = show(*made, files, prefix); !shown) {
        return std::unexpected{std::move(shown.error())};
    }
    return made;
}

std::expected<tls_context, std::string> make_server_context(const tls_files& files,
                                                            client_certificate wanted,
                                                            std::string_view prefix) {
    auto made = make_context(ssl::context::tls_server);
    auto* const raw = made->native_handle();
    ::SSL_CTX_set_dh_auto(raw, 1);
    if (files.certificate_location.empty()) {
        return std::unexpected{fmt::format("{}certificate.location is not set", prefix)};
    }
    if (auto shown = show(*made, files, prefix); !shown) {
        return std::unexpected{std::move(shown.error())};
    }
    // A session is resumed by what the client keeps. OpenSSL does so for clients with certificates
    // only where it is told which sessions are meant.
    ::SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    constexpr std::string_view sessions = "bkes";
    ::SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(sessions.data()),
                                     sessions.size());
    if (wanted == client_certificate::none) {
        return made;
    }
    made->set_verify_mode(wanted == client_certificate::required
                              ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert
                              : ssl::verify_peer);
    const named_file ca{prefix, "ca.location", files.ca_location};
    if (ca.path.empty()) {
        return std::unexpected{
            fmt::format("{0}ca.location is not set, and {0}client.auth needs it", prefix)};
    }
    if (auto trusted = trust(*made, ca); !trusted) {
        return std::unexpected{std::move(trusted.error())};
    }
    if (std::error_code ignored; !std::filesystem::is_directory(ca.path, ignored)) {
        // Whose certificates are asked for: some clients choose theirs by it.
        ::SSL_CTX_set_client_CA_list(raw, ::SSL_load_client_CA_file(ca.path.c_str()));
    }
    return made;
}

std::string subject_of_certificate(const tls_context& context) {
    const auto* const shown = ::SSL_CTX_get0_certificate(context->native_handle());
    if (shown == nullptr) {
        return {};
    }
    const std::unique_ptr<BIO, decltype(&::BIO_free)> text{::BIO_new(::BIO_s_mem()), ::BIO_free};
    ::X509_NAME_print_ex(text.get(), ::X509_get_subject_name(shown), 0, XN_FLAG_RFC2253);
    std::string subject(::BIO_ctrl_pending(text.get()), '\0');
    ::BIO_read(text.get(), subject.data(), static_cast<int>(subject.size()));
    return subject;
}

}  // namespace bkes::sync
