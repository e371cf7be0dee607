#pragma once
// What a token endpoint is told and what it says (RFC 6749, sections 4.4 and 5). Pure.

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::sync {

/// The body of the request; `scope` may be empty.
std::string token_request_body(std::string_view scope);

struct granted_token {
    std::string value;
    std::chrono::seconds lifetime{0};
};

/// Fails with the reason in words fit for a log: one line, of bounded length, without the token.
std::expected<granted_token, std::string> read_token_answer(unsigned http_status,
                                                            std::string_view body);

/// How long after a token was granted the next one is asked for: at three quarters of its time, so
/// that logins, which begin anew at four fifths of theirs (session_lifetime.hpp), find it there.
std::chrono::milliseconds next_token_after(std::chrono::seconds lifetime);

/// The `sub` of a token that is a JSON Web Token: by default the name that brokers know its bearer
/// by (sasl.oauthbearer.sub.claim.name). Not a proof of anything.
std::optional<std::string> subject_of(std::string_view token);

}  // namespace bkes::sync
