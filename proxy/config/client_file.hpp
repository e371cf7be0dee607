#pragma once
// A client's properties file, as Kafka's tools take it by --command-config: the same connection in
// bkes' own words.
//
//   security.protocol=SASL_SSL                   kafka.security.protocol
//   sasl.mechanism=SCRAM-SHA-512                 kafka.sasl.mechanism
//   sasl.jaas.config=...ScramLoginModule ...;    kafka.sasl.username, kafka.sasl.password
//   ssl.truststore.type=PEM
//   ssl.truststore.location=ca.pem               kafka.ssl.ca.location
//   ssl.keystore.type=PEM                        (certificates and key in one file)
//   ssl.keystore.location=me.pem                 kafka.ssl.certificate.location, kafka.ssl.key.location
//   ssl.key.password=...                         kafka.ssl.key.password
//   ssl.endpoint.identification.algorithm=       kafka.ssl.endpoint.identification.algorithm=none
//   bootstrap.servers=HOST:PORT                  where bkes is
//
// librdkafka's names (sasl.username, ssl.ca.location) and bkes' own (kafka.*) are understood as well.

#include "proxy/config/config.hpp"

#include <string_view>
#include <vector>

namespace bkes::proxy {

/// What the text of such a file says, as settings with their lines as sources; what is wrong with a
/// value is left to `load_config`. Throws config_error that names everything that isn't understood,
/// and holds nothing of a secret.
std::vector<assignment> read_client_properties(std::string_view text, std::string_view name);

}  // namespace bkes::proxy
