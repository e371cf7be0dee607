#pragma once
// Who bkes' own connections are and whom they trust: one for all of them, made at the start from the
// settings. Any thread.
//
// Logins are refused to all connections at once, and each of them tries again by itself; here it
// becomes one line in the log when that begins, one now and then while it lasts, and one when a login
// is accepted again. Brokers hear of a new password one after the other: that is one pair of lines.

#include "protocol/core/result.hpp"
#include "sync/net/net_stream.hpp"
#include "sync/net/tls_source.hpp"
#include "sync/net/token_source.hpp"
#include "sync/sasl/oauthbearer_client.hpp"
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
#include <vector>

namespace bkes::sync {

class link_security {
  public:
    /// Reads the files. Fails with a sentence that names the setting, and its file. `tokens`: for
    /// OAUTHBEARER.
    static std::expected<std::shared_ptr<link_security>, std::string> make(
        security_options options, std::shared_ptr<token_source> tokens = nullptr);

    /// Both null: connections are plain.
    struct certificates {
        std::shared_ptr<tls_source> own;
        std::shared_ptr<tls_source> of_clients;
    };

    link_security(security_options options, certificates read, std::shared_ptr<token_source> tokens,
                  std::vector<sasl_extension> extensions)
        : options_{std::move(options)},
          tokens_{std::move(tokens)},
          extensions_{std::move(extensions)},
          certificates_{std::move(read)} {}

    [[nodiscard]] const security_options& options() const { return options_; }

    /// Empty: connections are plain.
    [[nodiscard]] std::optional<tls_client> tls() const { return client_of(certificates_.own); }

    /// The same for the connections to brokers that are made for clients: without bkes' certificate,
    /// as a client must not come to act as bkes.
    [[nodiscard]] std::optional<tls_client> tls_of_clients() const {
        return client_of(certificates_.of_clients);
    }

    /// For who looks after their files.
    [[nodiscard]] const certificates& files() const { return certificates_; }

    /// A handshake failed: certificates and authorities may be others by now, so their files are
    /// read again, for the next connection. What can't be used leaves the old in place, and is a
    /// line in the log.
    void read_files_again();

    [[nodiscard]] bool wants_login() const { return options_.is_sasl(); }

    /// What the next login of a connection says; or why there is nothing to log in with, which is
    /// in the log already.
    std::expected<std::unique_ptr<sasl_client>, std::string> new_login();

    /// Null but for OAUTHBEARER.
    [[nodiscard]] const std::shared_ptr<token_source>& tokens() const { return tokens_; }

    [[nodiscard]] const std::vector<sasl_extension>& extensions() const { return extensions_; }

    /// `login` was made by `new_login`.
    void accepted(const sasl_client& login);
    void refused(std::string_view broker, std::string_view why);

    /// As whom bkes logs in, as its settings say it.
    [[nodiscard]] const std::string& user() const;

    /// By which name the brokers know bkes, unless they have rules of their own for that; without
    /// `User:`.
    [[nodiscard]] std::string principal() const;

  private:
    static std::expected<certificates, std::string> read_files(const security_options& options);

    [[nodiscard]] std::optional<tls_client> client_of(
        const std::shared_ptr<tls_source>& source) const {
        return source ? std::optional{tls_client{source->current(), options_.check}} : std::nullopt;
    }

    using clock = std::chrono::steady_clock;

    const security_options options_;
    const std::shared_ptr<token_source> tokens_;
    const std::vector<sasl_extension> extensions_;
    const certificates certificates_;
    std::mutex mutex_;            ///< guards what follows
    std::string unusable_files_;  ///< why those that were read last are not in use
    clock::time_point files_read_ = clock::now();
    std::optional<salted_password> salted_;
    std::optional<clock::time_point> refusal_shown_;
    bool is_refusal_open_ = false;  ///< it was shown, and no login was accepted since
};

}  // namespace bkes::sync
