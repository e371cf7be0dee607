#pragma once
// Who somebody says he is by HTTP: a user of Kafka and his password (RFC 7617), or a token
// (RFC 6750). The brokers find out whether that is so.

#include "proxy/web/problem.hpp"
#include "sync/sasl/sasl_client.hpp"
#include "sync/sasl/scram_client.hpp"
#include "sync/types/security_options.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::proxy {

/// A secret. All empty: nobody.
struct credentials {
    std::string username{};
    std::string password{};
    std::string token{};

    [[nodiscard]] bool is_nobody() const { return username.empty() && token.empty(); }

    auto operator<=>(const credentials&) const = default;
};

/// What the header `Authorization` says; nobody, where there is none. A problem (400): it can't be
/// read, which its detail doesn't repeat.
or_problem<credentials> read_credentials(std::string_view header);

/// How Kafka's brokers are told. `known`: of an earlier login by the same mechanism.
std::unique_ptr<sync::sasl_client> login_of(const credentials& who, sync::sasl_mechanism mechanism,
                                            std::optional<sync::salted_password> known);

}  // namespace bkes::proxy
