#include "proxy/config/host_port.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

std::string to_string(const host_port& address) {
    return address.host.contains(':') ? fmt::format("[{}]:{}", address.host, address.port)
                                      : fmt::format("{}:{}", address.host, address.port);
}

bool is_any_address(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

host_port reached_from_here(const host_port& listening) {
    return is_any_address(listening.host) ? host_port{"localhost", listening.port} : listening;
}

}  // namespace bkes::proxy
