#include "sync/sasl/oauthbearer_client.hpp"

#include "sync/sasl/sasl_errors.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

constexpr char separator = '\x01';

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// RFC 7628, section 3.1: printable, blank, or a line's end.
bool is_value_character(char c) {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
}

class oauthbearer_client final : public sasl_client {
  public:
    oauthbearer_client(std::string token, std::vector<sasl_extension> extensions)
        : token_{std::move(token)}, extensions_{std::move(extensions)} {}

    [[nodiscard]] std::string_view mechanism() const override { return "OAUTHBEARER"; }

    bytes first_message() override {
        bytes message = "n,,";
        message += separator;
        message += "auth=Bearer " + token_;
        for (const auto& [key, value] : extensions_) {
            message += separator;
            message += key;
            message += '=';
            message += value;
        }
        message += separator;
        message += separator;
        return message;
    }

    /// A server that refuses says why, as JSON, and says no only when that was answered (section
    /// 3.2.3); its no, with the same words, is then read by who sent the answer.
    [[nodiscard]] result<std::optional<bytes>> answered(bytes_view challenge) override {
        if (is_refused_) {
            return failure{make_error_code(sasl_errc::refused)};
        }
        if (challenge.empty()) {
            return std::nullopt;
        }
        is_refused_ = true;
        return bytes(1, separator);
    }

  private:
    std::string token_;
    std::vector<sasl_extension> extensions_;
    bool is_refused_ = false;
};

}  // namespace

std::expected<std::vector<sasl_extension>, std::string> parse_sasl_extensions(
    std::string_view text) {
    std::vector<sasl_extension> found;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        const auto one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = one.find('=');
        if (equals == std::string_view::npos) {
            return std::unexpected{"\"" + std::string{one} + "\" is no key=value"};
        }
        const auto key = one.substr(0, equals);
        const auto value = one.substr(equals + 1);
        if (key.empty() || !std::ranges::all_of(key, is_letter) || key == "auth") {
            return std::unexpected{"\"" + std::string{key} +
                                   "\" is no name of an extension: letters only, and not auth"};
        }
        if (!std::ranges::all_of(value, is_value_character)) {
            return std::unexpected{"the value of " + std::string{key} + " isn't printable ASCII"};
        }
        found.push_back({.key = std::string{key}, .value = std::string{value}});
    }
    return found;
}

std::unique_ptr<sasl_client> make_oauthbearer_client(std::string token,
                                                     std::vector<sasl_extension> extensions) {
    return std::make_unique<oauthbearer_client>(std::move(token), std::move(extensions));
}

}  // namespace bkes::sync
