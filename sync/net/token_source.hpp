#pragma once
// Where logins by OAUTHBEARER take their token. Any thread.

#include <chrono>
#include <expected>
#include <string>

namespace bkes::sync {

struct access_token {
    std::string value;
    std::string subject;  ///< by whose name the brokers may know its bearer; empty: not known
    std::chrono::system_clock::time_point expires;
};

class token_source {
  public:
    token_source() = default;
    token_source(const token_source&) = delete;
    token_source& operator=(const token_source&) = delete;
    virtual ~token_source() = default;

    /// The token to log in with now, or why there is none.
    [[nodiscard]] virtual std::expected<access_token, std::string> current() = 0;

    /// The brokers refused it: another one is asked for soon.
    virtual void doubt() = 0;
};

}  // namespace bkes::sync
