#include "sync/sasl/plain_client.hpp"

#include "sync/sasl/sasl_errors.hpp"

#include <utility>

namespace bkes::sync {

namespace {

class plain_client final : public sasl_client {
  public:
    plain_client(std::string username, std::string password)
        : username_{std::move(username)}, password_{std::move(password)} {}

    [[nodiscard]] std::string_view mechanism() const override { return "PLAIN"; }

    bytes first_message() override { return bytes(1, '\0') + username_ + '\0' + password_; }

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

}  // namespace

std::unique_ptr<sasl_client> make_plain_client(std::string username, std::string password) {
    return std::make_unique<plain_client>(std::move(username), std::move(password));
}

}  // namespace bkes::sync
