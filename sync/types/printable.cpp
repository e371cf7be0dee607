#include "sync/types/printable.hpp"

#include <fmt/format.h>

#include <iterator>

namespace bkes::sync {

std::string printable(bytes_view key) {
    constexpr std::size_t shown_max = 64;
    std::string text;
    for (const char octet : key.substr(0, shown_max)) {
        if (octet >= ' ' && octet <= '~' && octet != '\\' && octet != '"') {
            text.push_back(octet);
        } else {
            fmt::format_to(std::back_inserter(text), "\\x{:02x}",
                           static_cast<unsigned char>(octet));
        }
    }
    return key.size() > shown_max ? text + "..." : text;
}

}  // namespace bkes::sync
