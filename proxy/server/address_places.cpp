#include "proxy/server/address_places.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace bkes::proxy {

namespace ip = boost::asio::ip;

namespace {

ip::address without_mapping(const ip::address& address) {
    return address.is_v6() && address.to_v6().is_v4_mapped()
               ? ip::address{ip::make_address_v4(ip::v4_mapped, address.to_v6())}
               : address;
}

}  // namespace

std::shared_ptr<void> address_places::take(const ip::address& address) {
    const auto own = without_mapping(address);
    {
        const std::lock_guard lock{table_->mutex};
        auto& taken = table_->taken[own];
        if (taken >= max_) {
            return nullptr;
        }
        ++taken;
    }
    return {static_cast<void*>(table_.get()), [table = table_, own](void*) {
                const std::lock_guard lock{table->mutex};
                const auto entry = table->taken.find(own);
                if (--entry->second == 0) {
                    table->taken.erase(entry);
                }
            }};
}

}  // namespace bkes::proxy
