#include "proxy/sasl_exchange.hpp"

namespace bkes::proxy {

void sasl_exchange::begin(bytes_view mechanism) {
    if (mechanism == "PLAIN" || mechanism == "OAUTHBEARER") {
        client_tokens_ = 1;
    } else if (mechanism.starts_with("SCRAM-")) {
        client_tokens_ = 2;  // client-first and client-final message, RFC 5802
    } else {
        client_tokens_ = endless;
    }
}

}  // namespace bkes::proxy
