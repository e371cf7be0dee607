#include "proxy/config/host_port.hpp"

#include <fmt/format.h>

namespace bkes::proxy {

std::string to_string(const host_port& address) {
    return address.host.contains(':') ? fmt::format("[{}]:{}", address.host, address.port)
                                      : fmt::format("{}:{}", address.host, address.port);
}

}  // namespace bkes::proxy
