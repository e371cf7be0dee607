#pragma once
// Who bkes' own connections are and whom they trust: one for all of them, made at the start from the
// settings. Any thread.
//
// Logins are refused to all connections at once, and each of them tries again by itself; here it
// becomes one line in the log when that begins, one now and then while it lasts, and one when a login
// is accepted again. Brokers hear of a new password one after the other: that is one pair of lines.

#include "protocol/core/result.hpp"
#include "sync/net/net_stream.hpp"
#include "sync/sasl/sasl_client.hpp"
#include "sync/sasl/scram_client.hpp"
#include "sync/types/security_options.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::sync {

class link_security {
  public:
    /// Reads the files. Fails with a sentence that names the setting, and its file.
    static std::expected<std::shared_ptr<link_security>, std::string> make(
        security_options options);

    link_security(security_options options, std::optional<tls_client> tls,
                  std::optional<tls_client> tls_of_clients)
        : options_{std::move(options)},
          tls_{std::move(tls)},
          tls_of_clients_{std::move(tls_of_clients)} {}

    [[nodiscard]] const security_options& options() const { return options_; }

    /// Empty: connections are plain.
    [[nodiscard]] const std::optional<tls_client>& tls() const { return tls_; }

    /// The same for the connections to brokers that are made for clients: without bkes' certificate,
    /// as a client must not come to act as bkes.
    [[nodiscard]] const std::optional<tls_client>& tls_of_clients() const {
        return tls_of_clients_;
    }

    [[nodiscard]] bool wants_login() const { return options_.is_sasl(); }

    /// What the next login of a connection says.
    std::unique_ptr<sasl_client> new_login();

    /// `login` was made by `new_login`.
    void accepted(const sasl_client& login);
    void refused(std::string_view broker, std::string_view why);

  private:
    using clock = std::chrono::steady_clock;

    const security_options options_;
    const std::optional<tls_client> tls_;
    const std::optional<tls_client> tls_of_clients_;
    std::mutex mutex_;
    std::optional<salted_password> salted_;
    std::optional<clock::time_point> refusal_shown_;
    bool is_refusal_open_ = false;  ///< it was shown, and no login was accepted since
};

}  // namespace bkes::sync
