#include "sync/broker/bootstrap_servers.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bkes::sync {

std::vector<broker_address> parse_bootstrap_servers(std::string_view servers) {
    constexpr std::uint16_t kafka_port = 9092;
    std::vector<broker_address> addresses;
    std::string_view rest{servers};
    while (!rest.empty()) {
        auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        while (!one.empty() && one.front() == ' ') {
            one.remove_prefix(1);
        }
        const auto colon = one.rfind(':');
        broker_address address{.id = node_id{-1}, .host = std::string{one.substr(0, colon)}};
        address.port = kafka_port;
        if (colon != std::string_view::npos) {
            std::from_chars(one.data() + colon + 1, one.data() + one.size(), address.port);
        }
        if (address.host.starts_with('[') && address.host.ends_with(']')) {
            address.host = address.host.substr(1, address.host.size() - 2);
        }
        addresses.push_back(std::move(address));
    }
    return addresses;
}

}  // namespace bkes::sync
