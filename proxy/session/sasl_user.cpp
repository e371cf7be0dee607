#include "proxy/session/sasl_user.hpp"

#include <algorithm>
#include <cstddef>

namespace bkes::proxy {

namespace {

/// [authzid] NUL authcid NUL passwd
std::optional<std::string> user_of_plain(bytes_view token) {
    const auto begin = token.find('\0');
    const auto end = begin == bytes_view::npos ? begin : token.find('\0', begin + 1);
    if (end == bytes_view::npos) {
        return std::nullopt;
    }
    return std::string{token.substr(begin + 1, end - begin - 1)};
}

/// In names a comma is written =2C, an equals sign =3D.
std::string unescaped(bytes_view name) {
    std::string out;
    while (!name.empty()) {
        const bool is_comma = name.starts_with("=2C");
        const bool is_escaped = is_comma || name.starts_with("=3D");
        const char plain = is_comma ? ',' : '=';
        out.push_back(is_escaped ? plain : name.front());
        name.remove_prefix(is_escaped ? 3 : 1);
    }
    return out;
}

/// n,[a=authzid],n=user,r=nonce[,extensions]
std::optional<std::string> user_of_scram(bytes_view token) {
    std::optional<std::string> user;
    constexpr std::size_t parts_before = 2;  // channel binding, authzid
    for (std::size_t part = 0; !token.empty(); ++part) {
        const auto one = token.substr(0, token.find(','));
        token.remove_prefix(std::min(token.size(), one.size() + 1));
        if (part == parts_before && one.starts_with("n=")) {
            user = unescaped(one.substr(2));
        } else if (part > parts_before && one == "tokenauth=true") {
            return std::nullopt;
        }
    }
    return user;
}

}  // namespace

std::optional<std::string> user_in_first_token(bytes_view mechanism, bytes_view token) {
    if (mechanism == "PLAIN") {
        return user_of_plain(token);
    }
    return mechanism.starts_with("SCRAM-") ? user_of_scram(token) : std::nullopt;
}

}  // namespace bkes::proxy
