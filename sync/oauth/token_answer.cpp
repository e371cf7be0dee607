#include "sync/oauth/token_answer.hpp"

#include "sync/sasl/base64.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace bkes::sync {

namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::size_t reason_length_max = 200;
constexpr seconds lifetime_max = std::chrono::days{30};  ///< also of tokens that never end

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// RFC 6750, section 2.1.
bool is_token_character(char c) {
    return is_letter_or_digit(c) || std::string_view{"-._~+/="}.contains(c);
}

bool equals_any_case(std::string_view one, std::string_view lower) {
    return std::ranges::equal(one, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// What others wrote, made fit for one line between quotes.
std::string harmless(std::string_view text) {
    std::string made{text.substr(0, reason_length_max)};
    std::ranges::replace_if(made, [](char c) { return c < ' ' || c > '~' || c == '"'; }, '?');
    return made;
}

std::optional<json::object> parsed_object(std::string_view text) {
    json::error_code failed;
    auto value = json::parse({text.data(), text.size()}, failed);
    if (failed || !value.is_object()) {
        return std::nullopt;
    }
    return std::move(value.as_object());
}

/// Empty: there is no such member, or it is no text.
std::string_view text_of(const json::object& object, std::string_view name) {
    const auto* const found = object.if_contains({name.data(), name.size()});
    if (found == nullptr || !found->is_string()) {
        return {};
    }
    const auto& text = found->get_string();
    return {text.data(), text.size()};
}

/// RFC 6749, section 5.2.
std::string refusal(unsigned http_status, const std::optional<json::object>& answer) {
    auto words = fmt::format("HTTP status {}", http_status);
    if (!answer) {
        return words;
    }
    for (const auto* const name : {"error", "error_description"}) {
        if (const auto text = text_of(*answer, name); !text.empty()) {
            words += ": " + harmless(text);
        }
    }
    return words;
}

std::optional<seconds> lifetime_of(const json::object& answer) {
    const auto* const found = answer.if_contains("expires_in");
    json::error_code failed;
    const auto number = found == nullptr ? 0 : found->to_number<std::int64_t>(failed);
    if (failed || number <= 0) {
        return std::nullopt;
    }
    return std::min(seconds{number}, lifetime_max);
}

}  // namespace

std::string token_request_body(std::string_view scope) {
    std::string body = "grant_type=client_credentials";
    if (!scope.empty()) {
        body += "&scope=";
    }
    for (const char c : scope) {
        if (is_letter_or_digit(c) || std::string_view{"-._~"}.contains(c)) {
            body += c;
        } else {
            body += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return body;
}

std::expected<granted_token, std::string> read_token_answer(unsigned http_status,
                                                            std::string_view body) {
    const auto wrong = [](std::string_view what) { return std::unexpected{std::string{what}}; };
    const auto answer = parsed_object(body);
    if (http_status != 200) {
        return std::unexpected{refusal(http_status, answer)};
    }
    if (!answer) {
        return wrong("the answer is no JSON object");
    }
    const auto token = text_of(*answer, "access_token");
    if (token.empty() || !std::ranges::all_of(token, is_token_character)) {
        return wrong("the answer's access_token is missing, or is no token");
    }
    if (const auto type = text_of(*answer, "token_type"); !equals_any_case(type, "bearer")) {
        return std::unexpected{
            fmt::format("the answer's token_type is \"{}\", not Bearer", harmless(type))};
    }
    const auto lifetime = lifetime_of(*answer);
    if (!lifetime) {
        return wrong("the answer's expires_in is no number of seconds");
    }
    return granted_token{.value = std::string{token}, .lifetime = *lifetime};
}

std::chrono::milliseconds next_token_after(seconds lifetime) {
    return std::chrono::milliseconds{lifetime} / 4 * 3;
}

std::optional<std::string> subject_of(std::string_view token) {
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    // Base64 as URLs have it (RFC 4648, section 5), without its padding.
    std::string claims{token.substr(first + 1, second - first - 1)};
    std::ranges::replace(claims, '-', '+');
    std::ranges::replace(claims, '_', '/');
    claims.append((4 - claims.size() % 4) % 4, '=');
    const auto decoded = base64_decode(claims);
    const auto object = decoded ? parsed_object(*decoded) : std::nullopt;
    const auto subject = object ? text_of(*object, "sub") : std::string_view{};
    return subject.empty() ? std::nullopt : std::optional{harmless(subject)};
}

}  // namespace bkes::sync
