#include "sync/types/shell_quoted.hpp"

namespace bkes::sync {

std::string shell_quoted(std::string_view text) {
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-,=@/";
    if (!text.empty() && text.find_first_not_of(harmless) == std::string_view::npos) {
        return std::string{text};
    }
    std::string made = "'";
    for (const char c : text) {
        made += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    }
    return made + "'";
}

}  // namespace bkes::sync
