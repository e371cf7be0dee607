#include "sync/sasl/sasl_errors.hpp"

#include <string>

namespace bkes::sync {

namespace {

class sasl_category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "bkes.sasl"; }

    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<sasl_errc>(code)) {
            case sasl_errc::bad_challenge:
                return "the broker's SASL message makes no sense";
            case sasl_errc::wrong_nonce:
                return "the broker answers another login than ours";
            case sasl_errc::bad_iterations:
                return "the broker's SCRAM iterations are not between 4096 and 1000000";
            case sasl_errc::wrong_server:
                return "the broker doesn't know the password itself";
            case sasl_errc::refused:
                return "the broker refused the login";
        }
        return "unknown";
    }
};

const sasl_category of_sasl;

}  // namespace

std::error_code make_error_code(sasl_errc code) {
    return {static_cast<int>(code), of_sasl};
}

}  // namespace bkes::sync
