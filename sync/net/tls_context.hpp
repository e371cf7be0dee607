#pragma once
// What all TLS connections of one kind share: certificates, key, and how TLS is spoken. Made once
// and unchanged afterwards, so any thread may use it; whoever reads files again makes a new one, and
// connections keep theirs.
//
// TLS 1.2 and 1.3 as Mozilla's intermediate profile (version 5.7) has it, no renegotiation, no
// compression, and no buffers for connections that are quiet.

#include "sync/types/tls_files.hpp"

#include <boost/asio/ssl/context.hpp>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace bkes::sync {

using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// For connections that bkes opens: the other side must have a certificate of `ca_location`, or of
/// the system's authorities if that is empty. Fails with a sentence that names the setting
/// (`prefix` and `ca.location`, ...) and its file.
std::expected<tls_context, std::string> make_client_context(const tls_files& files,
                                                            std::string_view prefix);

/// For connections that bkes accepts: a certificate and its key there must be. Fails as above.
std::expected<tls_context, std::string> make_server_context(const tls_files& files,
                                                            client_certificate wanted,
                                                            std::string_view prefix);

/// Whom the certificate names that is shown (RFC 2253, as Kafka has it); empty: none is.
std::string subject_of_certificate(const tls_context& context);

}  // namespace bkes::sync
