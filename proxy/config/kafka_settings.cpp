#include "proxy/config/kafka_settings.hpp"

#include "proxy/config/values.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bkes::proxy {

namespace {

using sync::security_options;

/// A text that isn't empty, at `place` of the options.
template <class Place>
setting text_at(std::string_view key, std::string_view help, std::string_view expects,
                Place place) {
    return {.key = std::string{key},
            .help = help,
            .expects = std::string{expects},
            .derived = {},
            .assign =
                [place](std::string_view given, config& target) {
                    if (given.empty()) {
                        return false;
                    }
                    place(target.kafka) = given;
                    return true;
                },
            .print =
                [place](const config& source) {
                    auto copy = source.kafka;
                    return place(copy);
                }};
}

/// One of the values of an enum, by name in any case, as librdkafka takes it.
template <class Value, std::size_t Count, class Place>
setting choice_at(std::string_view key, std::string_view help,
                  std::array<std::pair<std::string_view, Value>, Count> values, Place place) {
    std::string names;
    for (const auto& [name, value] : values) {
        names += names.empty() ? "" : " or ";
        names += name;
    }
    return {.key = std::string{key},
            .help = help,
            .expects = std::move(names),
            .derived = {},
            .assign =
                [values, place](std::string_view given, config& target) {
                    const auto wanted = upper_case(trimmed(given));
                    const auto row = std::ranges::find_if(values, [&wanted](const auto& one) {
                        return upper_case(one.first) == wanted;
                    });
                    if (row == values.end()) {
                        return false;
                    }
                    place(target.kafka) = row->second;
                    return true;
                },
            .print =
                [values, place](const config& source) {
                    auto copy = source.kafka;
                    const auto row = std::ranges::find(values, place(copy),
                                                       [](auto& one) { return one.second; });
                    return std::string{row->first};
                }};
}

void add_tls_settings(std::vector<setting>& rows) {
    rows.push_back(text_at("kafka.ssl.ca.location",
                           "Whom bkes trusts as a broker; not set: the system's authorities",
                           "a PEM file, or a directory as OpenSSL hashes it",
                           [](auto& from) -> auto& { return from.tls.ca_location; }));
    rows.push_back(text_at("kafka.ssl.certificate.location",
                           "bkes' own certificate, with its chain behind it", "a PEM file",
                           [](auto& from) -> auto& { return from.tls.certificate_location; }));
    rows.push_back(text_at("kafka.ssl.key.location", "The key of that certificate", "a PEM file",
                           [](auto& from) -> auto& { return from.tls.key_location; }));
    rows.push_back(text_at("kafka.ssl.key.password", "The password of that key", "a password",
                           [](auto& from) -> auto& { return from.tls.key_password; }));
    rows.push_back(
        choice_at("kafka.ssl.endpoint.identification.algorithm",
                  "Whether a broker's certificate must be for the host that bkes asked for",
                  std::array{std::pair{std::string_view{"https"}, sync::host_check::https},
                             std::pair{std::string_view{"none"}, sync::host_check::none}},
                  [](auto& from) -> auto& { return from.check; }));
}

void add_sasl_settings(std::vector<setting>& rows) {
    using sync::sasl_mechanism;
    rows.push_back(choice_at(
        "kafka.sasl.mechanism", "How bkes logs in at the brokers",
        std::array{std::pair{std::string_view{"PLAIN"}, sasl_mechanism::plain},
                   std::pair{std::string_view{"SCRAM-SHA-256"}, sasl_mechanism::scram_sha_256},
                   std::pair{std::string_view{"SCRAM-SHA-512"}, sasl_mechanism::scram_sha_512},
                   std::pair{std::string_view{"OAUTHBEARER"}, sasl_mechanism::oauthbearer}},
        [](auto& from) -> auto& { return from.mechanism; }));
    rows.push_back(text_at("kafka.sasl.username", "As whom bkes logs in", "a name",
                           [](auto& from) -> auto& { return from.username; }));
    rows.push_back(text_at("kafka.sasl.password", "The password of that user", "a password",
                           [](auto& from) -> auto& { return from.password; }));
}

void add_token_settings(std::vector<setting>& rows) {
    rows.push_back({.key = "kafka.sasl.oauthbearer.method",
                    .help = "How bkes comes by a token for OAUTHBEARER",
                    .expects = "oidc",
                    .derived = {},
                    .assign =
                        [](std::string_view given, config& target) {
                            if (upper_case(trimmed(given)) != "OIDC") {
                                return false;
                            }
                            target.kafka.tokens.method = "oidc";
                            return true;
                        },
                    .print = [](const config& source) { return source.kafka.tokens.method; }});
    rows.push_back(text_at("kafka.sasl.oauthbearer.token.endpoint.url",
                           "Where bkes asks for it (client credentials)", "an https:// URL",
                           [](auto& from) -> auto& { return from.tokens.endpoint_url; }));
    rows.push_back(text_at("kafka.sasl.oauthbearer.client.id", "As whom bkes asks for it", "a name",
                           [](auto& from) -> auto& { return from.tokens.client_id; }));
    rows.push_back(text_at("kafka.sasl.oauthbearer.client.secret", "The secret of that client",
                           "a secret",
                           [](auto& from) -> auto& { return from.tokens.client_secret; }));
    rows.push_back(text_at("kafka.sasl.oauthbearer.scope", "For what the token shall be good",
                           "names with blanks between them",
                           [](auto& from) -> auto& { return from.tokens.scope; }));
    rows.push_back(text_at("kafka.sasl.oauthbearer.extensions",
                           "What the brokers are told beside the token", "key=value,key=value",
                           [](auto& from) -> auto& { return from.tokens.extensions; }));
    rows.push_back(text_at("kafka.https.ca.location",
                           "Whom bkes trusts as that endpoint; not set: the system's authorities",
                           "a PEM file, or a directory as OpenSSL hashes it",
                           [](auto& from) -> auto& { return from.tokens.ca_location; }));
}

}  // namespace

void add_kafka_settings(std::vector<setting>& rows) {
    using sync::security_protocol;
    rows.push_back(choice_at(
        "kafka.security.protocol", "How bkes' own connections to the brokers are secured",
        std::array{std::pair{std::string_view{"PLAINTEXT"}, security_protocol::plaintext},
                   std::pair{std::string_view{"SSL"}, security_protocol::ssl},
                   std::pair{std::string_view{"SASL_PLAINTEXT"}, security_protocol::sasl_plaintext},
                   std::pair{std::string_view{"SASL_SSL"}, security_protocol::sasl_ssl}},
        [](auto& from) -> auto& { return from.protocol; }));
    add_tls_settings(rows);
    add_sasl_settings(rows);
    add_token_settings(rows);
}

std::string_view canonical_kafka_key(std::string_view key) {
    return key == "kafka.sasl.mechanisms" ? "kafka.sasl.mechanism" : key;
}

}  // namespace bkes::proxy
