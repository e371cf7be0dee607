#pragma once
// The listeners of an instance, as Kafka's brokers have them (contract section 9): an address that
// clients connect to first, and ports of its own that stand for the brokers. A client is told the
// addresses of the listener that it came through.

#include "proxy/config/host_port.hpp"
#include "sync/types/security_options.hpp"
#include "sync/types/tls_files.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// How clients speak on a listener. SASL is between them and the brokers, so bkes only sees whether
/// it is under TLS.
using sync::security_protocol;

using sync::client_certificate;
using sync::uses_tls;

/// What can be said for one listener alone (`listener.name.<name>.broker.port.base`), or for all of
/// them (`broker.port.base`). Empty: not said.
struct listener_options {
    std::optional<std::uint16_t> broker_port_base;  ///< broker N: this port + N; 0: any free ones
    std::optional<std::uint16_t> broker_port_count;
    /// A pattern (broker_host.hpp): all brokers have the listener's port, and are told apart by the
    /// name that a client asks for in its TLS handshake.
    std::optional<std::string> broker_host;
    std::optional<std::string> ssl_certificate_location;
    std::optional<std::string> ssl_key_location;
    std::optional<std::string> ssl_key_password;
    std::optional<std::string> ssl_ca_location;
    std::optional<client_certificate> ssl_client_auth;

    [[nodiscard]] sync::tls_files tls_files() const {
        return {.ca_location = ssl_ca_location.value_or(""),
                .certificate_location = ssl_certificate_location.value_or(""),
                .key_location = ssl_key_location.value_or(""),
                .key_password = ssl_key_password.value_or("")};
    }
};

/// A listener in force. Of its ports for brokers both are there, or none as it has a `broker_host`.
struct listener_config {
    std::string name;      ///< in upper case, as Kafka's: `INTERNAL`
    host_port address;     ///< where clients connect first; port 0: any free one
    host_port advertised;  ///< what they are told
    security_protocol protocol = security_protocol::plaintext;
    listener_options options;
};

/// `NAME://host:port`
struct named_address {
    std::string name;
    host_port address;

    friend bool operator==(const named_address&, const named_address&) = default;
};

using protocol_map = std::map<std::string, security_protocol>;

/// The listeners as the settings name them. There are two forms, of which one is used: `listener`
/// for a single one in plain text, `listeners` for any number.
struct listener_settings {
    std::optional<host_port> listener;
    std::optional<host_port> advertised_listener;
    std::vector<named_address> listeners;
    std::vector<named_address> advertised_listeners;
    /// Until the setting is given, each protocol is the name of a listener too, as in Kafka.
    protocol_map protocols{{"PLAINTEXT", security_protocol::plaintext},
                           {"SSL", security_protocol::ssl},
                           {"SASL_PLAINTEXT", security_protocol::sasl_plaintext},
                           {"SASL_SSL", security_protocol::sasl_ssl}};
    listener_options all;
    std::map<std::string, listener_options> one;  ///< by name
};

}  // namespace bkes::proxy
