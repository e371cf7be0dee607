#include "sync/sasl/token_clients.hpp"

#include "sync/sasl/sasl_errors.hpp"

#include <utility>

namespace bkes::sync {

namespace {

class plain_client final : public sasl_client {
  public:
    plain_client(std::string username, std::string password)
        : username_{std::move(username)}, password_{std::move(password)} {}

    [[nodiscard]] std::string_view mechanism() const override { return "PLAIN"; }

    bytes first_message() override {
        return bytes(1, '\0') + username_ + '\0' + password_;
    }

    [[nodiscard]] result<std::optional<bytes>> answered(bytes_view challenge) override {
        if (!challenge.empty()) {
            return failure{make_error_code(sasl_errc::bad_challenge)};
        }
        return std::nullopt;
    }

  private:
    std::string username_;
    std::string password_;
};

class oauthbearer_client final : public sasl_client {
  public:
    explicit oauthbearer_client(std::string token) : token_{std::move(token)} {}

    [[nodiscard]] std::string_view mechanism() const override { return "OAUTHBEARER"; }

    bytes first_message() override {
        return "n,,\x01"
               "auth=Bearer " +
               token_ + "\x01\x01";
    }

    /// A refusal comes as a challenge, which has to be answered before the server says no.
    [[nodiscard]] result<std::optional<bytes>> answered(bytes_view challenge) override {
        if (challenge.empty()) {
            return std::nullopt;
        }
        if (std::exchange(is_refused_, true)) {
            return failure{make_error_code(sasl_errc::refused)};
        }
        return bytes{"\x01"};
    }

  private:
    std::string token_;
    bool is_refused_ = false;
};

}  // namespace

std::unique_ptr<sasl_client> make_plain_client(std::string username, std::string password) {
    return std::make_unique<plain_client>(std::move(username), std::move(password));
}

std::unique_ptr<sasl_client> make_oauthbearer_client(std::string token) {
    return std::make_unique<oauthbearer_client>(std::move(token));
}

}  // namespace bkes::sync
