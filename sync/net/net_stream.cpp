#include "sync/net/net_stream.hpp"

#include "sync/net/tls_errors.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>

namespace bkes::sync {

void net_stream::begin_tls(boost::asio::ssl::context& context) {
    tls_ = std::make_unique<tls_stream>(std::move(plain_), context);
}

void net_stream::expect_host(host_check check, const std::string& host) {
    auto* const raw = tls_->native_handle();
    error_code is_name;
    boost::asio::ip::make_address(host, is_name);
    if (is_name) {
        ::SSL_set_tlsext_host_name(raw, host.c_str());
    }
    if (check == host_check::none) {
        return;
    }
    auto* const expected = ::SSL_get0_param(raw);
    if (is_name) {
        ::X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ::X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
    } else {
        ::X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str());
    }
}

net_stream::error_code net_stream::explained(const error_code& failed) const {
    if (!failed || failed == boost::asio::error::operation_aborted) {
        return failed;
    }
    if (const auto verified = ::SSL_get_verify_result(tls_->native_handle());
        verified != X509_V_OK) {
        return refused_certificate(verified);
    }
    if (failed.category() == boost::asio::error::get_ssl_category()) {
        const auto reason = ERR_GET_REASON(static_cast<unsigned long>(failed.value()));
        const bool is_no_tls = reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST;
        return is_no_tls ? error_code{make_error_code(tls_errc::not_tls)} : failed;
    }
    const bool has_hung_up = failed == boost::asio::ssl::error::stream_truncated ||
                             failed == boost::asio::error::eof ||
                             failed == boost::asio::error::connection_reset;
    return has_hung_up ? error_code{make_error_code(tls_errc::ended_in_handshake)} : failed;
}

std::string net_stream::server_name() const {
    const auto* const name =
        tls_ ? ::SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name) : nullptr;
    return name == nullptr ? std::string{} : std::string{name};
}

void net_stream::come_back() {
    is_elsewhere_ = false;
    if (is_closed_) {
        close();
    }
}

void net_stream::close() {
    error_code ignored;
    if (is_elsewhere_) {
        // The socket is another thread's. It hears the end of the connection, and comes back.
        is_closed_ = true;
        ::shutdown(socket().native_handle(), SHUT_RDWR);
        return;
    }
    if (resolver_) {
        resolver_->cancel();
    }
    socket().close(ignored);
}

}  // namespace bkes::sync
