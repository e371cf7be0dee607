#include "sync/broker/link_errors.hpp"

#include <string>

namespace bkes::sync {

namespace {

class category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "bkes.link"; }

    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<link_errc>(code)) {
            case link_errc::closed:
                return "the connection to the broker is closed";
            case link_errc::not_sent:
                return "the connection to the broker had ended before";
            case link_errc::timed_out:
                return "the broker didn't answer in time";
            case link_errc::no_leader:
                return "the partition has no leader now";
            case link_errc::bad_answer:
                return "the broker's answer makes no sense";
            case link_errc::broker_error:
                return "the broker answered with an error";
            case link_errc::login_refused:
                return "the broker refused the login";
            case link_errc::nothing_to_log_in_with:
                return "there is no token to log in with";
            case link_errc::speaks_tls:
                return "the broker speaks TLS there: kafka.security.protocol is SSL or SASL_SSL";
        }
        return "unknown";
    }
};

}  // namespace

const std::error_category& link_category() {
    static const category instance;
    return instance;
}

std::error_code make_error_code(link_errc code) {
    return {static_cast<int>(code), link_category()};
}

}  // namespace bkes::sync
