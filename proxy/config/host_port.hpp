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

}  // namespace bkes::proxy
