#pragma once
// The context of a TLS server of the test's own, made past bkes' code.

#include "tests/support/certificates.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace bkes::test {

enum class client_certificate { none, required };

inline std::shared_ptr<boost::asio::ssl::context> make_server(
    const certificate_files& shown, client_certificate wanted = client_certificate::none,
    const std::string& ca_location = {}) {
    namespace ssl = boost::asio::ssl;
    auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
    made->use_certificate_chain_file(shown.certificate);
    made->use_private_key_file(shown.key, ssl::context::pem);
    if (wanted == client_certificate::required) {
        made->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
        made->load_verify_file(ca_location);
    }
    return made;
}

}  // namespace bkes::test
