#include "sync/types/printable.hpp"

#include <fmt/format.h>

#include <iterator>

namespace bkes::sync {

std::string printable(bytes_view text, std::size_t most) {
    std::string shown;
    for (const char octet : text.substr(0, most)) {
        if (octet >= ' ' && octet <= '~' && octet != '\\' && octet != '"') {
            shown.push_back(octet);
        } else {
            fmt::format_to(std::back_inserter(shown), "\\x{:02x}",
                           static_cast<unsigned char>(octet));
        }
    }
    return text.size() > most ? shown + "..." : shown;
}

}  // namespace bkes::sync
