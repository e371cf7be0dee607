#include "sync/types/security_options.hpp"

namespace bkes::sync {

std::string_view name_of(security_protocol protocol) {
    switch (protocol) {
        case security_protocol::plaintext:
            return "PLAINTEXT";
        case security_protocol::ssl:
            return "SSL";
        case security_protocol::sasl_plaintext:
            return "SASL_PLAINTEXT";
        case security_protocol::sasl_ssl:
            break;
    }
    return "SASL_SSL";
}

std::string_view name_of(sasl_mechanism mechanism) {
    switch (mechanism) {
        case sasl_mechanism::plain:
            return "PLAIN";
        case sasl_mechanism::scram_sha_256:
            return "SCRAM-SHA-256";
        case sasl_mechanism::scram_sha_512:
            return "SCRAM-SHA-512";
        case sasl_mechanism::oauthbearer:
            break;
    }
    return "OAUTHBEARER";
}

}  // namespace bkes::sync
