#include "proxy/web/credentials.hpp"

#include "proxy/config/values.hpp"
#include "proxy/log/text.hpp"
#include "sync/net/sasl_nonce.hpp"
#include "sync/sasl/base64.hpp"
#include "sync/sasl/oauthbearer_client.hpp"
#include "sync/sasl/plain_client.hpp"

#include <utility>

namespace bkes::proxy {

namespace {

std::unexpected<problem> unreadable() {
    return std::unexpected{
        problem{400,
                "the header Authorization is neither Basic (a user and a password in UTF-8) "
                "nor Bearer"}};
}

or_problem<credentials> read_basic(std::string_view encoded) {
    const auto both = sync::base64_decode(encoded);
    const auto colon = both ? both->find(':') : std::string::npos;
    if (colon == std::string::npos || colon == 0 || !is_utf8(*both)) {
        return unreadable();
    }
    return credentials{.username = both->substr(0, colon), .password = both->substr(colon + 1)};
}

}  // namespace

or_problem<credentials> read_credentials(std::string_view header) {
    const auto given = trimmed(header);
    if (given.empty()) {
        return credentials{};
    }
    const auto blank = given.find(' ');
    if (blank == std::string_view::npos) {
        return unreadable();
    }
    const auto scheme = lower_case(given.substr(0, blank));
    const auto rest = trimmed(given.substr(blank + 1));
    if (scheme == "basic") {
        return read_basic(rest);
    }
    // 0x01 would end the token in what SASL makes of it.
    const bool is_token = scheme == "bearer" && !rest.empty() &&
                          rest.find_first_of("\x01 ") == std::string_view::npos;
    return is_token ? or_problem<credentials>{credentials{.token = std::string{rest}}}
                    : unreadable();
}

std::unique_ptr<sync::sasl_client> login_of(const credentials& who, sync::sasl_mechanism mechanism,
                                            std::optional<sync::salted_password> known) {
    switch (mechanism) {
        case sync::sasl_mechanism::plain:
            return sync::make_plain_client(who.username, who.password);
        case sync::sasl_mechanism::oauthbearer:
            return sync::make_oauthbearer_client(who.token, {});
        case sync::sasl_mechanism::scram_sha_256:
        case sync::sasl_mechanism::scram_sha_512:
            return std::make_unique<sync::scram_client>(
                mechanism == sync::sasl_mechanism::scram_sha_256 ? sync::scram_hash::sha_256
                                                                 : sync::scram_hash::sha_512,
                sync::scram_credentials{
                    .username = who.username, .password = who.password, .known = std::move(known)},
                sync::new_sasl_nonce());
    }
    std::unreachable();
}

}  // namespace bkes::proxy
