#include "proxy/server/server_certificates.hpp"

#include <utility>

namespace bkes::proxy {

std::expected<std::shared_ptr<sync::tls_source>, std::string> open_server_certificates(
    const listener_options& options, std::string prefix) {
    const auto wanted = options.ssl_client_auth.value_or(client_certificate::none);
    return sync::tls_source::open(
        options.tls_files(), [wanted, prefix = std::move(prefix)](const sync::tls_files& files) {
            return sync::make_server_context(files, wanted, prefix);
        });
}

}  // namespace bkes::proxy
