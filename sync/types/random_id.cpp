#include "sync/types/random_id.hpp"

#include <cstdint>
#include <random>
#include <string_view>

namespace bkes::sync {

uuid random_id() {
    std::random_device source;
    uuid made;
    for (auto& octet : made.octets) {
        octet = static_cast<std::uint8_t>(source());
    }
    made.octets[6] = static_cast<std::uint8_t>((made.octets[6] & 0x0fU) | 0x40U);
    made.octets[8] = static_cast<std::uint8_t>((made.octets[8] & 0x3fU) | 0x80U);
    return made;
}

std::string hex_of(const uuid& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto octet : id.octets) {
        text += digits[octet >> 4U];
        text += digits[octet & 0x0fU];
    }
    return text;
}

}  // namespace bkes::sync
