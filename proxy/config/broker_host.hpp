#pragma once
// How a broker is named on a listener where all of them share one port (contract section 9):
// `broker-$(id).bkes.example.com`. A client asks for the broker's name in its TLS handshake (SNI,
// RFC 6066), and its certificate must be for all of these names.

#include "protocol/core/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bkes::proxy {

/// One `$(id)`, and with a number in its place the name of a host (RFC 1123).
bool is_broker_host(std::string_view pattern);

/// The broker's name. The pattern is one.
std::string host_of_broker(std::string_view pattern, node_id broker);

/// The broker that has this name, in any case and with or without the dot of the root behind it.
std::optional<node_id> broker_of_host(std::string_view pattern, std::string_view host);

}  // namespace bkes::proxy
