#pragma once
// Where somebody listens, as configurations name it.

#include <cstdint>
#include <string>

namespace bkes::proxy {

struct host_port {
    std::string host;  ///< a name or an address, an IPv6 address without its brackets
    std::uint16_t port = 0;

    friend bool operator==(const host_port&, const host_port&) = default;
};

/// As in a Kafka configuration: `host:port`, an IPv6 host in brackets.
std::string to_string(const host_port& address);

/// A host to listen on that means all addresses of the machine. Nobody can connect to it.
bool is_any_address(const std::string& host);

/// Where somebody on this machine reaches who listens there.
host_port reached_from_here(const host_port& listening);

}  // namespace bkes::proxy
